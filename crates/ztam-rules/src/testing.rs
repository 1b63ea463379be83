//! What the tests of the rules share: access from a text of the language, on two platforms of which everything is known.
//!
//! Both platforms, `salesforce` and `dataverse`, know whatever is bound to them: every asset with every scope and a private
//! default, every field as securable. A condition is native where it says `by: session-activation` and external where it
//! says anything else. The rights of a capability or a carried block stand under `rights:`, `user-permissions:` or `privileges:` of its
//! binding; any name will do, and those of [`RIGHTS`] have a danger or reach data. For groups that take away see [`muting`].

mod muting;

use std::sync::Arc;

use ztam_graph::access::Access;
use ztam_graph::facts::{
    ActionNeeds, AssetFacts, Bound, Edge, Effect, EffectOn, Enforcement, Evidence, FieldFacts, Gain,
    PlatformFacts, Right, RightFlags, RightId, RowDefault, Securable, Shipped, Tier,
};
use ztam_graph::ids::Names;
use ztam_graph::scopes::ScopeWord;
use ztam_graph::{names, resolve};
use ztam_model::date::Date;
use ztam_model::inventory::{Inventory, PlatformInventory};
use ztam_model::lower::{FileItems, assemble, read_file};
use ztam_model::shape::ShapeCheck;
use ztam_model::words::{Action, Scope};
use ztam_source::file::FileId;
use ztam_source::finding::{Finding, Level, RuleMeta};
use ztam_source::raw::{Bindings, Raw, RawKind};

use crate::{Rule, judge, registry};

const PLATFORMS: [(&str, &str); 2] = [("salesforce", "Salesforce"), ("dataverse", "Dataverse")];

/// Rights with a meaning: name, dangers, and actions on every row of every asset.
const RIGHTS: &[(&str, RightFlags, &[Action])] = &[
    ("read-all", RightFlags::ALL_DATA, &[Action::Read]),
    ("edit-all", RightFlags::ALL_DATA, &[Action::Read, Action::Edit, Action::Delete]),
    ("all-fields", RightFlags::BYPASSES_FIELDS, &[]),
    ("export", RightFlags::EXPORTS, &[]),
    ("code", RightFlags::RUNS_CODE, &[]),
    ("give", RightFlags::GRANTS_ACCESS, &[]),
    ("act-as", RightFlags::IMPERSONATES, &[]),
    ("blind", RightFlags::BLINDS, &[]),
    ("weak", RightFlags::WEAKENS_LOGIN, &[]),
    ("table", RightFlags::TABLE_RIGHT, &[]),
    ("ExportReport", RightFlags::EXPORTS, &[]),
    ("BulkApiHardDelete", RightFlags::DESTROYS, &[]),
    ("hand-over", RightFlags::BYPASSES_ROWS, &[Action::Assign]),
    ("show-masked", RightFlags::BYPASSES_FIELDS, &[]),
    ("ViewAllFieldsGlobal", RightFlags::BYPASSES_FIELDS, &[]),
    ("ViewAllData", RightFlags::ALL_DATA, &[Action::Read]),
    ("ModifyAllData", RightFlags::ALL_DATA, &[Action::Read, Action::Edit, Action::Delete]),
    ("ManageUsers", RightFlags::GRANTS_ACCESS.union(RightFlags::TAKES_IDENTITIES), &[]),
    ("AuthorApex", RightFlags::DEVELOPS.union(RightFlags::RUNS_CODE), &[]),
    ("ModifyMetadata", RightFlags::DEPLOYS.union(RightFlags::RUNS_CODE), &[]),
    ("ModifyDataClassification", RightFlags::RECLASSIFIES.union(RightFlags::BLINDS), &[]),
    ("ManageEncryptionKeys", RightFlags::RULES_KEYS.union(RightFlags::BLINDS), &[]),
    ("ViewEncryptedData", RightFlags::READS_ENCRYPTED, &[]),
    ("ManageRemoteAccess", RightFlags::OPENS_APPS, &[]),
    ("ViewClientSecret", RightFlags::OPENS_APPS.union(RightFlags::READS_SECRETS), &[]),
    ("ApiEnabled", RightFlags::EXPORTS, &[]),
    ("DelegatedPortalUserAdmin", RightFlags::GRANTS_ACCESS.union(RightFlags::TAKES_IDENTITIES), &[]),
    ("PortalSuperUser", RightFlags::BYPASSES_ROWS, &[]),
    ("prvDeleteAuditPartitions", RightFlags::ALTERS_AUDIT.union(RightFlags::DESTROYS), &[]),
    ("prvBypassCustomPlugins", RightFlags::BYPASSES_LOGIC, &[]),
    ("prvImportCustomization", RightFlags::DEPLOYS.union(RightFlags::RUNS_CODE), &[]),
    ("prvBulkDelete", RightFlags::DESTROYS, &[]),
    ("prvAssignRole", RightFlags::GRANTS_ACCESS, &[]),
];

/// Rights with a tier, and what they can do.
const DANGERS: &[(&str, u8, RightFlags)] = &[
    ("ManageInteraction", 0, RightFlags::RUNS_CODE),
    ("ManageProfilesPermissionsets", 0, RightFlags::GRANTS_ACCESS),
    ("InstallPackaging", 0, RightFlags::RUNS_CODE),
    ("AssignPermissionSets", 1, RightFlags::GRANTS_ACCESS),
    ("ResetPasswords", 1, RightFlags::TAKES_IDENTITIES),
    ("DelegatedTwoFactor", 1, RightFlags::TAKES_IDENTITIES),
    ("ManageRoles", 1, RightFlags::MOVES_SCOPE),
    ("CanApproveUninstalledApps", 1, RightFlags::OPENS_APPS),
    ("CreateAuditFields", 4, RightFlags::FORGES),
    ("prvActOnBehalfOfAnotherUser", 1, RightFlags::IMPERSONATES),
    ("prvAssignPosition", 1, RightFlags::MOVES_SCOPE),
    ("prvAssignRole", 1, RightFlags::GRANTS_ACCESS),
    ("prvDeleteRecordChangeHistory", 4, RightFlags::BLINDS),
];

/// Rights that lead on together.
const EDGES: &[(&[&str], Gain, Bound, &str)] = &[
    (&["ManageInteraction"], Gain::RunsCode, Bound::Unbounded, ""),
    (&["ManageProfilesPermissionsets"], Gain::EditsRoles, Bound::Unbounded, ""),
    (&["InstallPackaging"], Gain::Imports, Bound::Unbounded, ""),
    (&["AssignPermissionSets"], Gain::AssignsRoles, Bound::Unbounded, "the licence fits"),
    (&["ResetPasswords", "DelegatedTwoFactor"], Gain::TakesIdentities, Bound::Unbounded, ""),
    (&["prvAssignRole"], Gain::AssignsRoles, Bound::OwnRights, ""),
    (&["prvActOnBehalfOfAnotherUser"], Gain::Impersonates, Bound::Intersection, ""),
];

/// The group whose rules look at the same dangerous rights from different sides: a bad example of one may raise another.
const ESCALATION: &str = "escalation/";

/// Holds the examples of the pages of some rules against the rules: `Bad` raises its rule and nothing else that blocks,
/// `Good` nothing that blocks, and not its rule.
pub(crate) fn examples(rules: &[Rule]) {
    for rule in rules {
        let id = rule.meta.id;
        let text = |heading| {
            let bytes = ztam_source::example::example(rule.meta.page, heading).expect("an example");
            String::from_utf8(bytes).expect("a text")
        };
        let of_rule = |finding: &Finding| finding.rule.id == id;
        let found = |heading| findings_with_assignments(&text(heading), people(rule.meta.page, heading));
        let others = |heading| -> Vec<String> {
            let mut found = found(heading);
            found.retain(|it| it.level >= Level::Blocking && it.waived_by.is_none());
            found.retain(|it| {
                !of_rule(it)
                    && (!is_around(it) || it.rule.id.starts_with(ESCALATION) && id.starts_with(ESCALATION))
            });
            lines(&text(heading), &found)
        };
        let overlaps = |line: &String| id.starts_with(ESCALATION) && line.starts_with(ESCALATION);
        assert_eq!(
            found("Bad").iter().filter(|it| of_rule(it)).count(),
            1,
            "{id}: {:#?}",
            check(&text("Bad"))
        );
        assert!(!found("Good").iter().any(of_rule), "{id}: {:#?}", check(&text("Good")));
        let beside: Vec<_> = others("Bad").into_iter().filter(|line| !overlaps(line)).collect();
        assert_eq!(beside, [""; 0], "{id}, bad");
        assert_eq!(others("Good"), [""; 0], "{id}, good");
        let headings = rule.meta.page.lines().filter_map(|line| line.strip_prefix("## "));
        assert_eq!(headings.collect::<Vec<_>>(), HEADINGS, "{id}");
        assert!(rule.meta.page.starts_with(&format!("# {id}\n")), "{id}");
    }
}

/// Groups of rules that ask for what stands around the matrix: owners, dates, alarms, safeguards of sign-in. An example is
/// as short as what it shows, so it leaves out what it does not show.
const AROUND: [&str; 9] = [
    ESCALATION,
    "matrix/implied-",
    "lifecycle/",
    "service/",
    "monitoring/",
    "compliance/",
    "responsibility/",
    "condition/privileged-",
    "condition/sensitive-",
];

/// Whether a finding asks for what stands around the matrix.
pub(crate) fn is_around(finding: &Finding) -> bool {
    AROUND.iter().any(|group| finding.rule.id.starts_with(group))
}

/// The table of assignments below a heading of a page; an empty one where there is none.
fn people<'p>(page: &'p str, heading: &str) -> &'p str {
    let section = page.split_once(&format!("\n## {heading}\n")).map_or("", |(_, rest)| rest);
    let section = section.split("\n## ").next().unwrap_or_default();
    let table = section.split_once("```csv assignments/people.csv\n").map(|(_, rest)| rest);
    table.and_then(|rest| rest.split("```").next()).unwrap_or("person,role\n")
}

const HEADINGS: [&str; 8] = [
    "What it finds",
    "Why it matters",
    "Bad",
    "Good",
    "How to fix",
    "When to waive",
    "Platforms",
    "Controls",
];

/// What is found in a project of one file on 2026-09-20, as `rule @ text at the primary place`.
pub(crate) fn check(yaml: &str) -> Vec<String> {
    lines(yaml, &findings(yaml, |_| {}))
}

/// Of [`check`], what one rule or group finds: `matrix/` or `matrix/unclassified`.
pub(crate) fn only(prefix: &str, yaml: &str) -> Vec<String> {
    check(yaml).into_iter().filter(|line| line.starts_with(prefix)).collect()
}

/// The findings of one rule, whole.
pub(crate) fn of_rule(id: &str, yaml: &str) -> Vec<Finding> {
    findings(yaml, |_| {}).into_iter().filter(|finding| finding.id() == id).collect()
}

/// The text after a finding's fix.
pub(crate) fn fixed(yaml: &str, finding: &Finding, fix: usize) -> String {
    ztam_source::edit::apply(yaml, &finding.fixes[fix].edits).expect("the edits fit")
}

/// A finding as [`check`] writes it.
pub(crate) fn lines(yaml: &str, findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let place = finding
            .primary()
            .map_or("", |label| yaml.get(label.span.start as usize..label.span.end as usize).unwrap_or("?"));
        let waived = if finding.waived_by.is_some() { " (waived)" } else { "" };
        format!("{} @ {place}{waived}", finding.id())
    };
    findings.iter().map(line).collect()
}

/// Everything that is found, with other facts of the platforms: `change` sees each of them.
pub(crate) fn findings(yaml: &str, change: impl Fn(&mut PlatformFacts)) -> Vec<Finding> {
    with_access(yaml, None, change, |access| {
        let known: Vec<&'static RuleMeta> = registry::all().map(|rule| rule.meta).collect();
        judge(access, Vec::new(), &known)
    })
}

/// Everything that is found, with people who hold roles: a table of assignments.
pub(crate) fn findings_with_assignments(yaml: &str, csv: &str) -> Vec<Finding> {
    with_all(yaml, csv, Inventory::default(), None, |_| {}, judged)
}

/// Everything that is found, with an inventory of one platform.
pub(crate) fn findings_with_inventory(yaml: &str, inventory: PlatformInventory) -> Vec<Finding> {
    let inventory = Inventory { platforms: [(inventory.platform.clone(), inventory)].into() };
    with_all(yaml, NOBODY, inventory, None, |_| {}, judged)
}

fn judged(access: &Access<'_>) -> Vec<Finding> {
    let known: Vec<&'static RuleMeta> = registry::all().map(|rule| rule.meta).collect();
    judge(access, Vec::new(), &known)
}

/// A table of assignments without a line.
const NOBODY: &str = "person,role\n";

/// Hands the access of a project to a test: in the environment of that name, or in the first one.
pub(crate) fn with_access<T>(
    yaml: &str,
    environment: Option<&str>,
    change: impl Fn(&mut PlatformFacts),
    test: impl FnOnce(&Access<'_>) -> T,
) -> T {
    with_all(yaml, NOBODY, Inventory::default(), environment, change, test)
}

fn with_all<T>(
    yaml: &str,
    csv: &str,
    inventory: Inventory,
    environment: Option<&str>,
    change: impl Fn(&mut PlatformFacts),
    test: impl FnOnce(&Access<'_>) -> T,
) -> T {
    let platforms = PLATFORMS.map(|(key, _)| key);
    let items: FileItems = read_file(FileId(0), yaml, &platforms, &ShapeCheck::new(Vec::new()));
    assert!(items.complete, "{:#?}", items.findings);
    let (mut project, _) = assemble(vec![Arc::new(items)]);
    let (assignments, wrong) = ztam_model::assignments::parse(FileId(1), csv);
    assert!(wrong.is_empty(), "{wrong:#?}");
    project.assignments = assignments;
    project.inventory = inventory;
    let names = Names::new(&project);
    let unknown: Vec<_> = names::check(&names, &platforms)
        .into_iter()
        .filter(|it| it.rule.id != "names/unused")
        .map(|it| it.title)
        .collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    let facts = PLATFORMS
        .iter()
        .map(|(key, title)| {
            let mut facts = neutral(key, title, &names);
            change(&mut facts);
            facts
        })
        .collect();
    let environment = match environment {
        Some(name) => names.environments.find(name),
        None => names.environments.ids().next(),
    };
    let as_of = Date::new(2026, 9, 20).expect("a date");
    test(&resolve::resolve(names, facts, environment, as_of))
}

fn neutral(platform: &'static str, title: &'static str, names: &Names<'_>) -> PlatformFacts {
    let mut facts = PlatformFacts::empty(platform, title, names);
    facts.emitted = true;
    facts.broad_scopes = &["full"];
    for (id, name, asset) in names.assets.iter() {
        facts.assets[id] = asset.bindings.get(platform).map(|_| asset_facts(name));
    }
    for (id, row) in names.fields.iter_ids() {
        facts.fields[id] = row.field.bindings.get(platform).map(|_| field_facts(&row.name.value));
    }
    for (id, _, condition) in names.conditions.iter() {
        facts.conditions[id] = match condition.bindings.get(platform).map(|it| text(it.get("by"))) {
            None => Enforcement::Nobody,
            Some("session-activation") => Enforcement::Native,
            Some(control) => Enforcement::External(control.to_owned()),
        };
    }
    for (id, _, capability) in names.capabilities.iter() {
        facts.capabilities[id] = rights(&mut facts, &capability.bindings);
    }
    for (id, _, carry) in names.carries.iter() {
        facts.carries[id] = rights(&mut facts, &carry.bindings);
    }
    for (id, _, role) in names.roles.iter() {
        let named = role.bindings.get(platform).and_then(|it| it.get("profile"));
        facts.shipped[id] = named.filter(|it| text(Some(it)) == "System Administrator").map(|it| Shipped {
            kind: "profile",
            name: text(Some(it)).into(),
            span: it.span,
        });
    }
    facts.edges = edges(&facts);
    facts.muted = muting::groups(names, &facts);
    facts
}

/// The edges whose rights are all there.
fn edges(facts: &PlatformFacts) -> Vec<Edge> {
    let find = |name: &&str| facts.rights.iter_ids().find(|(_, it)| *it.name == **name).map(|(id, _)| id);
    let edge = |(from, gain, bound, condition): &(&[&str], Gain, Bound, &'static str)| {
        let from: Option<Vec<RightId>> = from.iter().map(find).collect();
        let (gain, bound, condition) = (*gain, *bound, *condition);
        Some(Edge { from: from?, gain, bound, condition, evidence: Evidence::Documented, how: "goes on" })
    };
    EDGES.iter().filter_map(edge).collect()
}

fn text(raw: Option<&Raw>) -> &str {
    match raw.map(|it| &it.kind) {
        Some(RawKind::String(text)) => text,
        _ => "",
    }
}

/// The rights of a binding, declared where they are not known yet.
fn rights(facts: &mut PlatformFacts, bindings: &Bindings) -> Vec<RightId> {
    let Some(binding) = bindings.get(facts.platform) else { return Vec::new() };
    let lists =
        ["rights", "user-permissions"].into_iter().filter_map(|key| binding.get(key)).map(|it| &it.kind);
    let items =
        lists.flat_map(|list| if let RawKind::Sequence(items) = list { items.as_slice() } else { &[] });
    let mut names: Vec<&str> = items.map(|item| text(Some(item))).collect();
    if let Some(RawKind::Mapping(entries)) = binding.get("privileges").map(|it| &it.kind) {
        names.extend(entries.iter().map(|(name, _)| &*name.value));
    }
    names.into_iter().map(|name| right(facts, name)).collect()
}

/// A right by its name, declared where it is not known yet.
pub(crate) fn right(facts: &mut PlatformFacts, name: &str) -> RightId {
    if let Some((id, _)) = facts.rights.iter_ids().find(|(_, right)| *right.name == *name) {
        return id;
    }
    let known = RIGHTS.iter().find(|(known, _, _)| *known == name);
    let danger = DANGERS.iter().find(|(known, _, _)| *known == name);
    let none = danger.map_or(RightFlags::default(), |(_, _, flags)| *flags);
    let (flags, actions) = known.map_or((none, &[][..]), |(_, flags, actions)| (*flags, *actions));
    let rows =
        actions.iter().fold(ScopeWord::NONE, |all, action| all.union(ScopeWord::of(*action, Scope::Org)));
    let fields = if name == "show-masked" {
        ScopeWord::of(Action::Unmask, Scope::Org)
    } else if flags.has(RightFlags::BYPASSES_FIELDS) {
        ScopeWord::of(Action::Read, Scope::Org)
    } else {
        ScopeWord::NONE
    };
    let effects = if rows.is_empty() && fields.is_empty() {
        Vec::new()
    } else {
        vec![Effect { on: EffectOn::AllAssets, rows, fields }]
    };
    facts.rights.push(Right {
        kind: "right",
        name: name.into(),
        tier: danger
            .map_or_else(|| tier(flags), |(_, level, _)| Some(Tier { level: *level, confirmed: true })),
        flags,
        effects,
        evidence: Evidence::Documented,
    })
}

/// As platforms rate rights of these dangers.
fn tier(flags: RightFlags) -> Option<Tier> {
    let levels = [
        (RightFlags::ALL_DATA.union(RightFlags::RUNS_CODE), 0),
        (RightFlags::GRANTS_ACCESS.union(RightFlags::IMPERSONATES), 1),
        (RightFlags::BYPASSES_FIELDS, 2),
        (RightFlags::EXPORTS, 3),
        (RightFlags::BLINDS, 4),
    ];
    let level = levels.into_iter().find(|(of, _)| flags.meets(*of)).map(|(_, level)| level);
    level.map(|level| Tier { level, confirmed: true })
}

fn asset_facts(name: &str) -> AssetFacts {
    AssetFacts {
        name: name.into(),
        scopes: ScopeWord::mask(Action::ALL),
        default: RowDefault::Private,
        external_default: RowDefault::Private,
        controlled_by: Vec::new(),
        read_needs: Vec::new(),
        read_needs_unbound: Vec::new(),
        twins: Vec::new(),
        twins_unbound: Vec::new(),
        unlisted: Vec::new(),
        references: Vec::new(),
        needs: ActionNeeds::default(),
        evidence: Evidence::Declared,
    }
}

fn field_facts(name: &str) -> FieldFacts {
    FieldFacts {
        name: name.into(),
        securable: Securable::Yes,
        secured: None,
        read_only: false,
        edit_is_create: false,
        evidence: Evidence::Declared,
    }
}
