//! Resolving, promises and routes over small projects, on one platform of which everything is known.

use std::sync::Arc;

use ztam_model::date::Date;
use ztam_model::lower::{assemble, read_file};
use ztam_model::shape::ShapeCheck;
use ztam_model::words::{Action, Scope};
use ztam_source::file::FileId;

use crate::access::{Access, Holder, Target};
use crate::facts::{
    ActionNeeds, AssetFacts, Basis, Effect, EffectOn, Evidence, FieldFacts, Implication, PlatformFacts,
    Right, RightFlags, RowDefault, Securable,
};
use crate::ids::Names;
use crate::scopes::{ScopeSet, ScopeWord};
use crate::{names, path, promise, resolve};

const COMMON: &str = "
classes:
  - {id: internal}
  - {id: confidential}
  - {id: restricted, reach: named}
conditions: {mfa: {}, session: {}}
domains: {sales: {}, finance: {}}
assets:
  account: {class: internal, domains: [sales, finance], salesforce: {}, fields: {limit: {class: confidential, salesforce: x}}}
  deal: {class: internal, domains: [sales], salesforce: {}, fields: {margin: {class: restricted, salesforce: x}, note: {salesforce: x}}}
  invoice: {class: confidential, domains: [finance], salesforce: {}}
capabilities: {all: {salesforce: {}}, boss: {salesforce: {}}}
";

fn access_of<T>(yaml: &str, as_of: &str, test: impl FnOnce(&Access<'_>) -> T) -> T {
    let text = format!("{COMMON}{yaml}");
    let items = read_file(FileId(0), &text, &["salesforce"], &ShapeCheck::new(Vec::new()));
    assert!(items.complete, "{:#?}", items.findings);
    let (project, _) = assemble(vec![Arc::new(items)]);
    let names = Names::new(&project);
    let unknown: Vec<_> = names::check(&names, &["salesforce"])
        .into_iter()
        .map(|it| it.title)
        .filter(|it| !it.starts_with("nothing uses"))
        .collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    let facts = facts(&names);
    let environment = names.environments.ids().next();
    test(&resolve::resolve(names, vec![facts], environment, Date::parse(as_of).unwrap()))
}

fn facts(names: &Names<'_>) -> PlatformFacts {
    let mut facts = PlatformFacts::empty("salesforce", "Salesforce", names);
    for (id, name, _) in names.assets.iter() {
        let references = names.assets.find("account").filter(|_| name == "deal").into_iter().collect();
        facts.assets[id] = Some(AssetFacts {
            name: name.into(),
            scopes: ScopeWord::mask(Action::ALL),
            default: if name == "invoice" { RowDefault::Unknown } else { RowDefault::Private },
            external_default: RowDefault::Private,
            controlled_by: Vec::new(),
            read_needs: Vec::new(),
            read_needs_unbound: Vec::new(),
            twins: Vec::new(),
            twins_unbound: Vec::new(),
            unlisted: Vec::new(),
            references,
            needs: ActionNeeds::default(),
            evidence: Evidence::Declared,
        });
    }
    for id in names.fields.ids() {
        facts.fields[id] = Some(FieldFacts {
            name: names.fields[id].name.value.as_str().into(),
            securable: Securable::Yes,
            secured: None,
            read_only: false,
            edit_is_create: true,
            evidence: Evidence::Declared,
        });
    }
    let right = |name: &str, effects| Right {
        kind: "right",
        name: name.into(),
        tier: None,
        flags: RightFlags::default(),
        effects,
        evidence: Evidence::Documented,
    };
    let reads = Effect {
        on: EffectOn::AllAssets,
        rows: ScopeWord::of(Action::Read, Scope::Org),
        fields: ScopeWord::NONE,
    };
    let all = facts.rights.push(right("ReadAll", vec![reads]));
    let boss = facts.rights.push(right("Boss", Vec::new()));
    let rumour = facts.rights.push(right("Rumour", Vec::new()));
    facts.implications.push(Implication {
        from: boss,
        to: all,
        evidence: Evidence::Documented,
        basis: Basis::default(),
    });
    facts.implications.push(Implication {
        from: rumour,
        to: boss,
        evidence: Evidence::Unverified,
        basis: Basis::default(),
    });
    for (name, granted) in [("all", all), ("boss", boss)] {
        if let Some(id) = names.capabilities.find(name) {
            facts.capabilities[id] = vec![granted];
        }
    }
    facts
}

fn reach(access: &Access<'_>, role: &str, what: &str, action: Action) -> String {
    let role = access.names.roles.find(role).unwrap();
    access.reach(Holder::Role(role), target(access, what), action).words()
}

fn target(access: &Access<'_>, what: &str) -> Target {
    match what.split_once('.') {
        Some((asset, field)) => Target::Field(access.names.field(asset, field).unwrap()),
        None => Target::Rows(access.names.assets.find(what).unwrap()),
    }
}

fn promises(roles: &str, sentences: &[&str]) -> Vec<String> {
    let list: String = sentences.iter().map(|it| format!("    - {it}\n")).collect();
    access_of(&format!("{roles}\ntests:\n  all:\n{list}"), "2026-09-20", |access| {
        promise::run(access).findings.into_iter().map(|it| it.title).collect()
    })
}

#[test]
fn two_keys_open_a_lock() {
    let roles = "
roles:
  rep: {platforms: [salesforce], within: [sales], may: {internal: {read: team, create: own}}, never: [confidential, restricted]}
  clerk: {platforms: [salesforce], within: [finance], may: {internal: {read: org}}, never: [confidential, restricted]}
  nowhere: {platforms: [salesforce], may: {internal: {read: org}}, never: [confidential, restricted]}
  homeless: {within: [sales], may: {internal: {read: org}}, never: [confidential, restricted]}
";
    access_of(roles, "2026-09-20", |access| {
        assert_eq!(reach(access, "rep", "account", Action::Read), "team");
        assert_eq!(reach(access, "rep", "deal", Action::Create), "own");
        assert_eq!(reach(access, "rep", "invoice", Action::Read), "");
        assert_eq!(reach(access, "clerk", "account", Action::Read), "org");
        assert_eq!(reach(access, "clerk", "deal", Action::Read), "");
        assert_eq!(reach(access, "nowhere", "account", Action::Read), "");
        assert_eq!(reach(access, "homeless", "account", Action::Read), "");
    });
}

#[test]
fn fields_need_their_rows_and_follow_them() {
    let roles = "
roles:
  rep: {platforms: [salesforce], within: [sales], may: {internal: {read: team}, confidential: {read: own}}, never: [restricted]}
  blind: {platforms: [salesforce], within: [sales], may: {confidential: {read: org}}, never: [internal, restricted]}
  chief:
    platforms: [salesforce]
    within: [sales]
    may: {internal: {read: unit}, restricted: {read: org, of: [deal.margin], when: [mfa]}}
    never: [confidential]
";
    access_of(roles, "2026-09-20", |access| {
        // Recombination: the platform shows the field in every row it shows.
        assert_eq!(reach(access, "rep", "account.limit", Action::Read), "team");
        assert_eq!(reach(access, "blind", "account.limit", Action::Read), "");
        assert_eq!(reach(access, "chief", "deal.margin", Action::Read), "unit");
        assert_eq!(reach(access, "chief", "deal.note", Action::Read), "unit");
        let chief = Holder::Role(access.names.roles.find("chief").unwrap());
        let grants = access.grants(chief, target(access, "deal.margin"));
        assert_eq!(grants.len(), 1);
        assert!(!grants[0].is_unconditional());
    });
}

#[test]
fn blocks_unite_inside_their_own_domains() {
    let roles = "
roles:
  base: {abstract: true, within: [finance], may: {internal: {read: org}}}
  rep: {platforms: [salesforce], extends: [base], within: [sales], may: {internal: {read: own}}, never: [confidential, restricted]}
";
    access_of(roles, "2026-09-20", |access| {
        assert_eq!(reach(access, "rep", "account", Action::Read), "org");
        assert_eq!(reach(access, "rep", "deal", Action::Read), "own");
        let rep = access.names.roles.find("rep").unwrap();
        let account = access.rows_slot(access.names.assets.find("account").unwrap());
        let causes = path::causes(access, rep, account, Action::Read);
        assert_eq!(causes.len(), 2);
        assert_eq!(causes[1].route.len(), 2);
        assert_eq!(causes[1].scope.value, Scope::Org);
    });
}

#[test]
fn temporary_grants_count_on_their_days_only() {
    let roles = "
roles:
  rep: {platforms: [salesforce], within: [sales], may: {internal: {read: own}}, never: [confidential, restricted]}
  child: {platforms: [salesforce], extends: [rep]}
temporary:
  T-1: {role: rep, within: [finance], may: {confidential: {read: unit}}, reason: r, owner: a, approved-by: [b], from: 2026-09-10, until: 2026-09-20}
";
    for (day, expected) in
        [("2026-09-09", ""), ("2026-09-10", "unit"), ("2026-09-20", "unit"), ("2026-09-21", "")]
    {
        access_of(roles, day, |access| {
            assert_eq!(reach(access, "rep", "invoice", Action::Read), expected, "{day}");
            assert_eq!(reach(access, "child", "invoice", Action::Read), "", "nobody inherits it");
        });
    }
}

#[test]
fn environments_cap_and_add() {
    let roles = "
roles:
  rep: {platforms: [salesforce], within: [sales], may: {internal: {read: org, edit: own, delete: own}}, never: [confidential, restricted]}
  child: {platforms: [salesforce], extends: [rep]}
environments:
  test:
    changes:
      - {narrow: rep, may: {internal: {read: team}}, without: {internal: [delete]}, reason: r}
      - {widen: rep, within: [sales], may: {internal: {share: own}}, reason: r}
";
    access_of(roles, "2026-09-20", |access| {
        assert_eq!(reach(access, "rep", "deal", Action::Read), "team");
        assert_eq!(reach(access, "rep", "deal", Action::Edit), "own");
        assert_eq!(reach(access, "rep", "deal", Action::Delete), "");
        assert_eq!(reach(access, "rep", "deal", Action::Share), "own");
        assert_eq!(reach(access, "child", "deal", Action::Read), "org", "a cap binds the named role alone");
        assert_eq!(reach(access, "child", "deal", Action::Share), "own", "an added block is inherited");
    });
}

#[test]
fn rights_reach_data_through_what_they_imply() {
    let roles = "
roles:
  boss: {platforms: [salesforce], holds: [boss], never: [internal, confidential, restricted]}
";
    access_of(roles, "2026-09-20", |access| {
        assert_eq!(reach(access, "boss", "invoice", Action::Read), "org");
        assert_eq!(reach(access, "boss", "account.limit", Action::Read), "", "field protection stays");
        let role = access.names.roles.find("boss").unwrap();
        let slot = access.rows_slot(access.names.assets.find("invoice").unwrap());
        let causes = path::right_causes(access, role, slot, Action::Read);
        assert_eq!(path::right_sentence(access, &causes[0]), "boss holds boss: Boss brings ReadAll");
    });
}

#[test]
fn relations_are_derived_no_wider_than_both_ends() {
    let roles = "
roles:
  rep: {platforms: [salesforce], within: [sales], relate: derived, may: {internal: {read: unit, create: own, edit: team}}, never: [confidential, restricted]}
  reader: {platforms: [salesforce], within: [sales], relate: derived, may: {internal: {read: org}}, never: [confidential, restricted]}
  plain: {platforms: [salesforce], within: [sales], may: {internal: {read: unit, create: own}}, never: [confidential, restricted]}
";
    access_of(roles, "2026-09-20", |access| {
        assert_eq!(reach(access, "rep", "deal", Action::Append), "team");
        assert_eq!(reach(access, "rep", "account", Action::AppendTo), "unit");
        assert_eq!(reach(access, "rep", "account", Action::Append), "", "an account refers to nothing");
        assert_eq!(reach(access, "reader", "account", Action::AppendTo), "");
        assert_eq!(reach(access, "plain", "deal", Action::Append), "");
    });
}

#[test]
fn what_is_derived_is_capped_where_an_environment_says_so() {
    let roles = "
roles:
  rep: {platforms: [salesforce], within: [sales], relate: derived, may: {internal: {read: unit, create: own, edit: team}}, never: [confidential, restricted]}
environments:
  test:
    changes:
      - {narrow: rep, also: [{of: [account], append-to: own}], without: {internal: [append]}, reason: r}
";
    access_of(roles, "2026-09-20", |access| {
        assert_eq!(reach(access, "rep", "deal", Action::Append), "");
        assert_eq!(reach(access, "rep", "account", Action::AppendTo), "own");
        assert_eq!(reach(access, "rep", "account", Action::Read), "unit");
    });
}

#[test]
fn together_sets_recombine() {
    let roles = "
roles:
  rows: {platforms: [salesforce], within: [sales], may: {internal: {read: unit}}, never: [confidential, restricted]}
  cells: {platforms: [salesforce], within: [sales], may: {confidential: {read: own}}, never: [internal, restricted]}
together: {both: [rows, cells]}
";
    access_of(roles, "2026-09-20", |access| {
        let set = Holder::Together(access.names.together.find("both").unwrap());
        let limit = target(access, "account.limit");
        assert_eq!(access.reach(set, limit, Action::Read), ScopeSet::of(Scope::Unit));
        for role in access.names.roles.ids() {
            assert!(access.reach(Holder::Role(role), limit, Action::Read).is_empty());
        }
    });
}

const PROMISED: &str = "
roles:
  rep: {platforms: [salesforce], within: [sales], may: {internal: {read: team}}, never: [confidential, restricted]}
  chief:
    platforms: [salesforce]
    within: [sales, finance]
    may:
      internal: {read: org}
      confidential: {read: org}
      restricted: {read: org, of: [deal.margin], when: [mfa]}
    holds: [all]
";

#[test]
fn promises_that_hold() {
    let kept = promises(
        PROMISED,
        &[
            "rep can read deal",
            "rep can read team deal",
            "rep cannot read unit deal",
            "rep cannot read deal beyond team",
            "rep cannot read confidential",
            "chief can read deal.margin when mfa",
            "chief can read deal.margin when mfa, session",
            "only [chief] can read deal.margin",
            "only [chief] can read invoice",
            "nobody can delete deal",
            "everyone can read account",
            "only chief holds all",
            "rep does not hold all",
        ],
    );
    assert_eq!(kept, Vec::<String>::new());
}

#[test]
fn promises_that_break() {
    let broken = promises(
        PROMISED,
        &[
            "chief can read deal.margin",
            "rep can read org deal",
            "rep can read invoice",
            "chief cannot read deal.margin",
            "only [rep] can read account",
            "nobody can read deal",
            "chief can read deal.margin when session",
            "rep cannot read deal beyond own",
            "rep holds all",
        ],
    );
    assert_eq!(
        broken,
        [
            "\"chief can read deal.margin\" is not true: Chief can read deal.margin only when mfa",
            "\"rep can read org deal\" is not true: Rep cannot read deal",
            "\"rep can read invoice\" is not true: Rep cannot read invoice",
            "\"chief cannot read deal.margin\" is not true: Chief can read deal.margin, only when mfa",
            "\"only rep can read account\" is not true: Chief can read account",
            "\"nobody can read deal\" is not true: Chief can read deal",
            "\"chief can read deal.margin when session\" is not true: Chief cannot read deal.margin",
            "\"rep cannot read deal beyond own\" is not true: Rep can read deal, in the rows of team",
            "\"rep holds all\" is not true: Rep does not hold it",
        ]
    );
}

#[test]
fn a_bound_that_nobody_keeps_is_not_proven() {
    let roles = "
roles:
  clerk: {platforms: [salesforce], within: [finance], may: {confidential: {read: unit}}, never: [internal, restricted]}
";
    let broken = promises(roles, &["clerk cannot read invoice beyond unit"]);
    assert_eq!(broken.len(), 1);
    assert!(broken[0].contains("not proven: the sharing default of invoice"), "{broken:?}");
}

#[test]
fn cycles_are_printed_whole() {
    let text = "
roles:
  a: {extends: [b]}
  b: {extends: [c]}
  c: {extends: [a]}
  alone: {extends: [alone]}
  d: {extends: [e, f]}
  e: {extends: [g]}
  f: {extends: [g]}
  g: {abstract: true}
";
    let items = read_file(FileId(0), text, &[], &ShapeCheck::new(Vec::new()));
    let (project, _) = assemble(vec![Arc::new(items)]);
    let names = Names::new(&project);
    let mut titles: Vec<_> = names::check(&names, &[])
        .into_iter()
        .filter(|it| it.rule.id == names::CYCLE.id)
        .map(|it| it.title)
        .collect();
    titles.sort();
    assert_eq!(titles, ["A extends itself: a -> b -> c -> a", "Alone extends itself: alone -> alone"]);
}

#[test]
fn a_wrong_kind_of_name_is_said() {
    let text = "
classes: [{id: internal}]
domains: {sales: {}}
roles:
  rep: {within: [internal, salse], may: {sales: {read: own}}}
";
    let items = read_file(FileId(0), text, &[], &ShapeCheck::new(Vec::new()));
    let (project, _) = assemble(vec![Arc::new(items)]);
    let names = Names::new(&project);
    let findings = names::check(&names, &[]);
    let unknown: Vec<_> = findings.iter().filter(|it| it.rule.id == names::UNKNOWN.id).collect();
    let told: Vec<_> = unknown
        .iter()
        .map(|it| {
            (
                it.title.as_str(),
                it.helps.first().map_or("", String::as_str),
                it.fixes.first().map_or("", |fix| &fix.title),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("there is no domain `internal`", "`internal` is a class, not a domain", ""),
            ("there is no domain `salse`", "", "did you mean `sales`?"),
            ("there is no class `sales`", "`sales` is a domain, not a class", ""),
        ]
    );
}

fn findings_of(text: &str) -> Vec<ztam_source::finding::Finding> {
    let items = read_file(FileId(0), text, &[], &ShapeCheck::new(Vec::new()));
    assert!(items.complete, "{:#?}", items.findings);
    let (project, _) = assemble(vec![Arc::new(items)]);
    names::check(&Names::new(&project), &[])
}

#[test]
fn one_missing_declaration_is_one_finding() {
    let text = "
domains: {sales: {}}
roles:
  base: {abstract: true}
  a: {within: [salse], extends: [bsae]}
  b: {within: [salse]}
  c: {within: [salse]}
";
    let findings = findings_of(text);
    let titles: Vec<_> = findings.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(titles, ["there is no role `bsae`", "there is no domain `salse`"], "and nothing is unused");
    assert_eq!(findings[1].labels.len(), 4);
    assert_eq!(findings[1].fixes[0].edits.len(), 3, "the fix mends every place");
}

#[test]
fn very_many_places_are_counted() {
    let roles: String = (0..100).map(|it| format!("  r{it}: {{within: [salse]}}\n")).collect();
    let findings = findings_of(&format!("domains: {{sales: {{}}}}\nroles:\n{roles}"));
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].notes, ["and in 94 more places"]);
    assert!(findings[0].labels.len() < 10 && findings[0].fixes.is_empty());
}

#[test]
fn deep_inheritance_is_refused_and_long_cycles_are_cut_short() {
    let chain = |count: usize, last: usize| -> String {
        let roles = (0..count).map(|it| {
            let next = if it + 1 < count { it + 1 } else { last };
            format!("  r{it}: {{extends: [r{next}]}}\n")
        });
        format!("roles:\n{}", roles.collect::<String>())
    };
    let deep = chain(20_000, 0);
    let open = deep.replace("  r19999: {extends: [r0]}\n", "  r19999: {}\n");
    let findings = findings_of(&open);
    let titles: Vec<_> = findings.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(titles, ["R0 extends more than 500 other roles, by way of others or not"]);
    let findings = findings_of(&deep);
    assert_eq!(findings[0].rule.id, names::CYCLE.id);
    assert!(findings[0].title.ends_with("r11 -> (19988 more) -> r0"), "{}", findings[0].title);
    assert_eq!(findings[0].labels.len(), 12);
}

#[test]
fn a_collision_is_said_with_the_right_articles() {
    let findings = findings_of("classes: [{id: deal}]\nassets: {deal: {}}\n");
    assert!(findings.iter().any(|it| it.title == "`deal` names both a class and an asset"), "{findings:?}");
}

#[test]
fn promises_that_could_never_be_broken_are_told() {
    let roles = "
roles:
  base: {abstract: true, within: [sales], may: {internal: {read: own}}}
  rep: {platforms: [salesforce], extends: [base]}
";
    for (sentence, why) in [
        ("base cannot read deal", "nobody holds Base, which is abstract"),
        ("rep cannot read deal beyond org", "no row is beyond `org`"),
        ("nobody can read deal beyond org", "no row is beyond `org`"),
    ] {
        let told = promises(roles, &[sentence]);
        assert_eq!(told, [format!("\"{sentence}\" says nothing: {why}")]);
    }
    assert!(promises(roles, &["rep cannot read deal beyond own", "rep can read deal"]).is_empty());
}

#[test]
fn a_guard_over_data_names_actions() {
    let text = |guard: &str| {
        format!("classes: [{{id: internal}}]\ncapabilities: {{export: {{}}}}\nguards:\n  lane: {guard}\n")
    };
    let titles = |guard: &str| -> Vec<String> {
        let shape = findings_of(&text(guard)).into_iter().filter(|it| it.rule.id == "shape/missing-key");
        shape.map(|it| it.title).collect()
    };
    let told = titles("{nobody: [everyone], of: [export, internal]}");
    assert_eq!(told, ["the guard `lane` forbids no action on `internal`"]);
    assert!(titles("{nobody: [everyone], of: [export]}").is_empty());
    assert!(titles("{nobody: [everyone], may: [read], of: [internal]}").is_empty());
}

#[test]
fn a_text_full_of_mistakes_is_not_searched_without_end() {
    let roles: String = (0..20_000).map(|it| format!("  ra{it}xyz: {{extends: [rb{it}xyw]}}\n")).collect();
    let findings = findings_of(&format!("roles:\n{roles}"));
    let unknown: Vec<_> = findings.iter().filter(|it| it.rule.id == names::UNKNOWN.id).collect();
    assert_eq!(unknown.len(), 20_000, "every one is told");
    assert_eq!(unknown[19_999].helps, ["declare it, or write the name of what is declared"]);
}

#[test]
fn parents_that_are_unknown_or_never_end_prove_nothing() {
    let text = format!(
        "{COMMON}
roles:
  rep: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: own}}}}}}
tests:
  all: [rep cannot read deal beyond own]
"
    );
    let items = read_file(FileId(0), &text, &["salesforce"], &ShapeCheck::new(Vec::new()));
    let (project, _) = assemble(vec![Arc::new(items)]);
    for parents_of_its_own in [0, 1] {
        let names = Names::new(&project);
        let deal = names.assets.find("deal").unwrap();
        let mut facts = facts(&names);
        let asset = facts.assets[deal].as_mut().unwrap();
        asset.default = RowDefault::Parent;
        asset.controlled_by = vec![deal; parents_of_its_own];
        let access = resolve::resolve(names, vec![facts], None, Date::parse("2026-09-20").unwrap());
        let findings = promise::run(&access).findings;
        assert_eq!(findings.len(), 1);
        assert!(findings[0].title.contains("follow those of a parent that is not known"), "{findings:?}");
    }
}
