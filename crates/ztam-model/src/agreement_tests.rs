//! Lowering and the JSON Schema say the same of every document: what an editor shows as an error is one, and no other.

use proptest::prelude::*;
use serde_json::{Value, json};
use ztam_source::file::FileId;
use ztam_source::tree::Limits;

use crate::lower::lower;
use crate::schema::{PlatformSchema, Position};
use crate::shape::ShapeCheck;

const PLATFORMS: &[&str] = &["anvil", "bellows"];

/// Bindings may hold anything here: what they hold is each platform's own matter.
fn check() -> ShapeCheck {
    let platform = |platform: &'static str| PlatformSchema {
        platform,
        title: platform,
        parts: Position::ALL.iter().map(|position| (*position, json!({}))).collect(),
    };
    ShapeCheck::new(PLATFORMS.iter().map(|it| platform(it)).collect())
}

/// A document that uses every section and every kind of value.
fn good() -> Value {
    json!({
        "ztam": 1, "project": "acme", "title": "Acme", "owner": "sec@acme.example",
        "limits": {"waiver-max-days": 180, "temporary-max-days": 30, "external-cap": "public",
            "forbidden-networks": ["192.0.2.0/24"]},
        "rules": {"profile": "strict", "levels": {"waiver/unused": "blocking"}},
        "classes": [
            {"id": "public"},
            {"id": "restricted", "title": "Restricted", "means": "Moves money", "reach": "named", "requires": ["mfa"],
             "requires-by-kind": {"service": ["network"]},
             "controls": {"audit": true, "export": "named", "widest-read": "org", "widest-write": "unit", "review-days": 90,
                "audit-reads": true, "retention-days": 2190}}
        ],
        "conditions": {"mfa": {"title": "MFA", "means": ["phishing-resistant"], "networks": ["192.0.2.0/28"],
            "anvil": {"by": "external"}}},
        "domains": {"sales": {"title": "Sales", "owner": "a@b"}, "finance": {}},
        "assets": {"deal": {"title": "Deal", "class": "public", "domains": ["sales"], "tags": [], "owner": "a@b",
            "audit": {"changes": true, "reads": false, "retention-days": 9}, "anvil": {"object": "Deal"}, "bellows": "deal",
            "fields": {"amount": {"title": "Amount", "class": "restricted", "tags": ["pci"], "anvil": "Amount"}}}},
        "capabilities": {"export": {"title": "Export", "risk": "high", "anvil": {},
            "automation": {"runs-as": "system", "does": {"edit": ["deal"]}, "reviewed-by": "a@b"}}},
        "roles": {"rep": {
            "title": "Rep", "purpose": "Sells", "owner": "a@b", "kind": "employee", "signs-in": ["mfa"], "abstract": false,
            "justification": "Closes the books", "reviewed": "2026-01-01", "read-only": false, "purposes": {"pci": "Billing"},
            "asymmetry": "Writes in one place", "account": {"systems": ["erp"], "sign-in": "application",
                "safeguards": ["network"], "created": "2026-01-01", "last-used": "2026-01-02", "acts-for": ["rep"],
                "approved-by-person": true},
            "platforms": ["anvil"], "extends": ["base"], "within": ["sales"],
            "may": {"public": {"read": "org", "append-to": "team", "of": ["deal"], "when": ["mfa"], "because": "B"}},
            "also": [{"of": ["deal"], "read": "org", "unmask": "own", "when": [], "because": "B"}],
            "holds": ["export"], "assigns": ["base"], "never": ["restricted"], "relate": "derived", "bellows": {"name": "Rep"}}},
        "guards": {"lane": {"title": "No", "nobody": ["everyone"], "except": ["rep"], "may": ["read", "append-to"],
            "of": ["tag:pii"], "why": "Because"}},
        "duties": {"pay": {"title": "Pay", "can": {"edit": ["deal.amount"], "hold": ["export"]}, "needs": "all"}},
        "separate": {"two": {"title": "Two", "duties": ["pay", "pay-too"], "severity": "low", "same": "asset", "why": "R"}},
        "together": {"lead": ["rep", "base"]},
        "waivers": {"W-1": {"rule": "a/b", "for": ["rep"], "reason": "r", "compensating-control": "c",
            "mitigated-by": {"control": "c", "owner": "o", "tested": "2026-01-01", "every-days": 30}, "owner": "o",
            "approved-by": ["p"], "ticket": "T", "from": "2026-01-01", "until": "2026-02-01"}},
        "temporary": {"T.1": {"role": "rep", "within": ["sales"], "may": {"public": {"read": "unit"}}, "also": [],
            "reason": "r", "owner": "o", "approved-by": ["p"], "from": "2026-01-01", "until": "2026-02-01"}},
        "responsibilities": {"rec": {"statement": "S", "party": "customer", "owner": "o", "evidence": "e",
            "verified": "2026-01-01", "max-age-days": 9, "attests": ["mfa"], "covers": ["recovery-owner"]}},
        "apps": {"loader": {"title": "Loader", "purpose": "p", "owner": "o", "platform": "anvil", "runs-as": "rep",
            "scopes": ["api"], "users": "approved", "refresh": "bounded", "any-network": false, "device-flow": false}},
        "syncs": {"over": {"title": "Over", "from": "anvil", "to": "bellows", "of": "deal", "into": "deal",
            "without": ["deal.amount"], "as": "rep"}},
        "monitors": {"alarm": {"title": "Alarm", "watches": ["bulk-export"], "platforms": ["anvil"], "of": ["rep"], "by": "b"}},
        "packs": {"procure-to-pay": {"bind": {"vendor": ["deal"]}, "without": {"x": "because"}}},
        "environments": {"prod": {"title": "P", "production": true, "masked": ["public"], "anvil": {"version": "1.0"}, "changes": [
            {"widen": "rep", "within": ["sales"], "may": {"public": {"delete": "own"}}, "also": [], "reason": "r"},
            {"narrow": "rep", "without": {"public": ["read"]}, "reason": "r"}]}},
        "tests": {"one": ["rep can read deal"]}, "tests-in": {"one": ["prod"]},
        "moved": [{"what": "role", "from": "x", "to": "rep"}],
        "carry": {"old": {"role": "rep", "why": "w", "anvil": {"x": [1]}}}
    })
}

/// Whether lowering fails, whether the shape check finds something, and what they say.
fn verdicts(document: &Value, check: &ShapeCheck) -> (bool, bool, String) {
    let text = serde_yaml::to_string(document).unwrap();
    let (tree, findings) = ztam_source::parse(FileId(0), &text, &Limits::default());
    assert!(findings.is_empty(), "{findings:?}\n{text}");
    let lowered = lower(&tree, FileId(0), PLATFORMS);
    let found = check.check(&tree, FileId(0));
    let titles: Vec<_> = found.iter().map(|it| &it.title).collect();
    let told = format!("lowering: {:?}\nshape: {titles:?}\n{text}", lowered.faults);
    (lowered.faulty, !found.is_empty(), told)
}

#[test]
fn the_good_document_is_good() {
    let (faulty, found, told) = verdicts(&good(), &check());
    assert!(!faulty && !found, "{told}");
    let properties = check().schema().unwrap()["properties"].as_object().unwrap().clone();
    let used = good();
    let missing: Vec<_> = properties.keys().filter(|it| used.get(it.as_str()).is_none()).collect();
    assert!(missing.is_empty(), "sections that the good document does not use: {missing:?}");
}

#[test]
fn both_refuse_the_same_mistakes() {
    let check = check();
    for (pointer, value) in [
        ("/ztam", json!("1")),
        ("/ztam", json!(-1)),
        ("/ztam", json!(4_294_967_296_u64)),
        ("/project", json!("Acme CRM")),
        ("/title", json!(12)),
        ("/title", json!(true)),
        ("/classes", json!({})),
        ("/classes/0/id", json!("Public")),
        ("/classes/0", json!({})),
        ("/classes/1/requires-by-kind", json!({"machine": ["x"]})),
        ("/classes/1/controls/audit", json!("yes")),
        ("/roles", json!([])),
        ("/roles/rep", json!("x")),
        ("/roles/rep/kind", json!("emplyee")),
        ("/roles/rep/extends", json!("base")),
        ("/roles/rep/may/public/read", json!("teem")),
        ("/roles/rep/may/public", json!({"raed": "team"})),
        ("/roles/rep/also/0", json!({"read": "team"})),
        ("/roles/rep/castle", json!({})),
        ("/roles/rep/reviewed", json!("soon")),
        ("/roles/rep/account/sign-in", json!("by-magic")),
        ("/conditions/mfa/means/0", json!("second factor")),
        ("/monitors/alarm/watches/0", json!("everything")),
        ("/apps/loader", json!({"title": "No platform"})),
        ("/packs/procure-to-pay/binds", json!({})),
        ("/guards/lane/may/0", json!("see")),
        ("/guards/lane/may", json!([])),
        ("/guards/lane/of", json!([])),
        ("/guards/lane/nobody", json!([])),
        ("/roles/rep/may/public/of", json!([])),
        ("/roles/rep/also/0/of", json!([])),
        ("/separate/two/duties", json!(["pay"])),
        ("/waivers/W-1/for", json!([])),
        ("/assets/deal/fields", json!({"Amount": {}})),
        ("/waivers/W-1/until", json!("2026-02-30")),
        ("/waivers/W-1/until", json!("1899-12-31")),
        ("/waivers/W-1/until", json!("soon")),
        ("/waivers", json!({"W 1": {}})),
        ("/environments/prod/changes/0", json!({"widen": "rep"})),
        ("/rules/levels/a~1b", json!("loud")),
        ("/tests/one/0", json!(["rep can read deal"])),
        ("/moved/0/what", json!("rolle")),
    ] {
        let mut document = good();
        put(&mut document, pointer, value);
        let (faulty, found, told) = verdicts(&document, &check);
        assert!(faulty && found, "{pointer}\n{told}");
    }
}

fn put(document: &mut Value, pointer: &str, value: Value) {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Object(map) => {
            map.insert(last.replace("~1", "/"), value);
        }
        Value::Array(items) => items[last.parse::<usize>().unwrap()] = value,
        other => panic!("{pointer} is inside {other}"),
    }
}

/// Every place of a document.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(map) => {
            for (key, child) in map {
                let at = format!("{at}/{}", escaped(key));
                pointers(child, &at, all);
                all.push(at);
            }
        }
        Value::Array(items) => {
            for (position, child) in items.iter().enumerate() {
                let at = format!("{at}/{position}");
                pointers(child, &at, all);
                all.push(at);
            }
        }
        _ => {}
    }
}

#[derive(Clone, Debug)]
enum Change {
    Drop,
    Rename(String),
    Replace(Value),
}

fn change() -> impl Strategy<Value = Change> {
    let names = ["x", "read", "titel", "Bad Name", "crucible", "anvil", "when", "of", "a/b", "reason", "W.1"];
    let values = [
        json!(7),
        json!(-7),
        json!(1.5),
        json!(5_000_000_000_u64),
        json!(true),
        json!("zzz"),
        json!("team"),
        json!("read"),
        json!("2026-12-31"),
        json!("2026-13-31"),
        json!("Bad Name"),
        json!("no"),
        json!([]),
        json!(["x"]),
        json!([1]),
        json!({}),
        json!({"x": {}}),
        json!({"read": "org"}),
        json!([{"of": ["x"], "edit": "own"}]),
    ];
    prop_oneof![
        Just(Change::Drop),
        proptest::sample::select(names.to_vec()).prop_map(|it| Change::Rename(it.to_owned())),
        proptest::sample::select(values.to_vec()).prop_map(Change::Replace),
    ]
}

fn apply(document: &mut Value, pointer: &str, change: Change) {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let last = last.replace("~1", "/").replace("~0", "~");
    let Some(parent) = document.pointer_mut(parent) else { return };
    match (parent, change) {
        (Value::Object(map), Change::Drop) => {
            map.shift_remove(&last);
        }
        (Value::Object(map), Change::Rename(name)) => {
            if let Some(value) = map.shift_remove(&last) {
                map.insert(name, value);
            }
        }
        (Value::Object(map), Change::Replace(value)) => {
            map.insert(last, value);
        }
        (Value::Array(items), change) => {
            let Some(item) = last.parse::<usize>().ok().and_then(|it| items.get_mut(it)) else { return };
            *item = match change {
                Change::Drop => json!({}),
                Change::Rename(name) => json!(name),
                Change::Replace(value) => value,
            };
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn lowering_fails_exactly_where_the_shape_check_reports(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), change()), 1..3)
    ) {
        thread_local! {
            static CHECK: ShapeCheck = check();
        }
        let mut document = good();
        for (place, change) in changes {
            let mut all = Vec::new();
            pointers(&document, "", &mut all);
            let pointer = all[place.index(all.len())].clone();
            apply(&mut document, &pointer, change);
        }
        let (faulty, found, told) = CHECK.with(|check| verdicts(&document, check));
        prop_assert_eq!(faulty, found, "{}", told);
    }
}
