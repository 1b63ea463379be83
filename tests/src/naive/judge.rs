//! Judgements on naive access: undecided cells, broken prohibitions, and simple sentences.

use std::collections::BTreeSet;

use super::{Grant, Matrix, NaiveAccess, Names, Subject, covers};

/// What an answer to "can it?" may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    /// Not at all.
    No,
    /// Under conditions or for a time.
    Conditional,
    /// Always.
    Yes,
}

impl Matrix {
    /// (role, class) pairs that nothing decides.
    pub(crate) fn undecided(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (name, role) in self.roles.iter().filter(|(_, role)| !role.is_abstract) {
            let mut decided = role.never.clone();
            for ancestor in self.lineage(name) {
                let block = &self.roles[&ancestor].block;
                decided.extend(block.may.keys().cloned());
                for of in block.also.iter().flat_map(|cell| super::names(cell, "of")) {
                    decided.extend(if self.is_class(&of) { Some(of) } else { self.class_of(&of) });
                }
            }
            let open = self.classes.iter().filter(|class| !decided.contains(&class.id));
            found.extend(open.map(|class| (name.clone(), class.id.clone())));
        }
        found
    }

    /// (role, field, action) where the field's own cells open fewer rows than the asset's do.
    pub(crate) fn narrow_fields(&self, environment: Option<&str>, as_of: &str) -> BTreeSet<Subject> {
        let changes = environment.map_or(&[][..], |name| &self.environments[name].changes);
        let mut found = BTreeSet::new();
        for role in self.roles.keys() {
            let raw = self.raw(role, changes, as_of);
            let effective = self.recombine(role, &raw);
            for (subject, grants) in effective.iter().filter(|(subject, _)| subject.1.contains('.')) {
                let own = || raw.iter().filter(|it| it.target == subject.1 && it.action == subject.2);
                if grants.iter().any(|grant| !own().any(|it| covers(&it.scope, &grant.3))) {
                    found.insert(subject.clone());
                }
            }
        }
        found
    }

    /// Roles that reach what they said they never would.
    pub(crate) fn broken_nevers(&self, access: &NaiveAccess) -> Names {
        let broken = |name: &&String| {
            let never = &self.roles[*name].never;
            !self.roles[*name].is_abstract
                && (self.reaches(access, name, None, never) || !access.capabilities[*name].is_disjoint(never))
        };
        self.roles.keys().filter(broken).cloned().collect()
    }

    /// (guard, role) pairs where a guard does not hold.
    pub(crate) fn broken_guards(&self, access: &NaiveAccess) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (name, guard) in &self.guards {
            for role in self.roles.iter().filter(|(_, it)| !it.is_abstract).map(|(role, _)| role) {
                let everyone = guard.nobody.contains("everyone") && !guard.except.contains(role);
                if !everyone && !guard.nobody.contains(role) {
                    continue;
                }
                let holds = !access.capabilities[role].is_disjoint(&guard.of);
                if holds || self.reaches(access, role, Some(&guard.may), &guard.of) {
                    found.push((name.clone(), role.clone()));
                }
            }
        }
        found
    }

    /// Whether a role does any of some actions (none = any action) on any of some classes, tags, assets and fields.
    fn reaches(&self, access: &NaiveAccess, role: &str, actions: Option<&Names>, of: &Names) -> bool {
        access.grants.keys().any(|(who, target, action)| {
            who == role
                && actions.is_none_or(|it| it.contains(action))
                && of.iter().any(|name| self.is_about(name, target))
        })
    }

    fn is_about(&self, name: &str, target: &str) -> bool {
        if let Some(tag) = name.strip_prefix("tag:") {
            let asset = &self.assets[super::asset_of(target)];
            return match target.split_once('.') {
                Some((_, field)) => asset.fields[field].tags.contains(tag) || asset.tags.contains(tag),
                None => asset.tags.contains(tag),
            };
        }
        if self.is_class(name) {
            return self.class_of(target).as_deref() == Some(name);
        }
        name == target || (name == super::asset_of(target) && self.class_of(name) == self.class_of(target))
    }

    /// Whether a simple sentence about assets and fields is true: `who can|cannot action [scope] what [beyond scope]
    /// [when conditions]`, with `only` before it or not. `None` for sentences about capabilities, classes and tags.
    pub(crate) fn holds(&self, access: &NaiveAccess, sentence: &str) -> Option<bool> {
        let (only, rest) = sentence.strip_prefix("only ").map_or((false, sentence), |rest| (true, rest));
        let (who, negated, rest) = match rest.split_once(" cannot ") {
            Some((who, rest)) => (who, true, rest),
            None => rest.split_once(" can ").map(|(who, rest)| (who, false, rest))?,
        };
        let claim = Claim::read(rest)?;
        if self.is_class(&claim.what) || claim.what.starts_with("tag:") {
            return None;
        }
        let everyone: Names =
            self.roles.iter().filter(|(_, it)| !it.is_abstract).map(|(name, _)| name.clone()).collect();
        let roles: Names = match who {
            "everyone" | "nobody" => everyone.clone(),
            list => list.trim_matches(['[', ']']).split(", ").map(str::to_owned).collect(),
        };
        let reaches = |role: &String| access.truth(role, &claim, true) != Truth::No;
        let outside =
            claim.beyond.as_ref().map(|limit| roles.iter().any(|role| access.beyond(role, &claim, limit)));
        Some(match (negated, who) {
            (true, _) => !outside.unwrap_or_else(|| roles.iter().any(reaches)),
            (false, "nobody") => !outside.unwrap_or_else(|| roles.iter().any(reaches)),
            (false, _) if only => roles.iter().all(reaches) && !everyone.difference(&roles).any(reaches),
            (false, _) => roles.iter().all(|role| access.truth(role, &claim, false) == Truth::Yes),
        })
    }
}

/// `action [scope] what [beyond scope] [when conditions]`
#[derive(Debug)]
pub(crate) struct Claim {
    action: String,
    scope: String,
    what: String,
    beyond: Option<String>,
    when: Names,
}

impl Claim {
    fn read(text: &str) -> Option<Self> {
        let (text, when) = text.split_once(" when ").unwrap_or((text, ""));
        let (text, beyond) =
            text.split_once(" beyond ").map_or((text, None), |(text, scope)| (text, Some(scope)));
        let words: Vec<&str> = text.split(' ').collect();
        let (action, scope, what) = match words.as_slice() {
            [action, what] => (action, &"own", what),
            [action, scope, what] => (action, scope, what),
            _ => return None,
        };
        Some(Self {
            action: (*action).to_owned(),
            scope: (*scope).to_owned(),
            what: (*what).to_owned(),
            beyond: beyond.map(str::to_owned),
            when: when.split(", ").filter(|it| !it.is_empty()).map(str::to_owned).collect(),
        })
    }
}

impl NaiveAccess {
    /// The ways of a role to do something on an asset or field.
    pub(crate) fn ways(
        &self,
        role: &str,
        target: &str,
        action: &str,
    ) -> impl Iterator<Item = &Grant> + use<'_> {
        self.grants.get(&(role.to_owned(), target.to_owned(), action.to_owned())).into_iter().flatten()
    }

    /// How true it is that a role does what is claimed. The claim's conditions count as met, unless it is a denial:
    /// then whatever is possible counts.
    fn truth(&self, role: &str, claim: &Claim, denial: bool) -> Truth {
        let wide = self.ways(role, &claim.what, &claim.action).filter(|way| covers(&way.3, &claim.scope));
        let rank = |way: &Grant| {
            let met = way.2.is_empty() && way.1.iter().all(|it| !denial && claim.when.contains(it));
            if met { Truth::Yes } else { Truth::Conditional }
        };
        wide.map(rank).max().unwrap_or(Truth::No)
    }

    fn beyond(&self, role: &str, claim: &Claim, limit: &str) -> bool {
        self.ways(role, &claim.what, &claim.action).any(|way| !covers(limit, &way.3))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Matrix, evaluate};

    const VOCABULARY: &str = "
classes: [{id: internal}, {id: secret, reach: named}]
assets:
  deal:
    class: internal
    domains: [sales]
    tags: [sox]
    salesforce: {object: Deal__c}
    dataverse: {table: gen_deal}
    fields:
      size: {salesforce: Size__c}
      margin: {class: secret, salesforce: Margin__c, dataverse: gen_margin}
  payment: {class: secret, domains: [finance], salesforce: {object: Payment__c}}
";
    const ROLES: &str = "
roles:
  base: {abstract: true, platforms: [dataverse], within: [sales], may: {internal: {read: team, edit: own}}}
  rep:
    platforms: [salesforce]
    extends: [base]
    within: [sales]
    may: {secret: {read: own, of: [deal.margin, payment], when: [mfa]}}
  clerk: {platforms: [salesforce, dataverse], within: [finance], also: [{of: [payment], read: org}], never: [internal, sees]}
temporary:
  T-1: {role: rep, within: [sales], may: {internal: {read: org}}, from: 2026-01-01, until: 2026-01-31}
guards:
  no-margin: {nobody: [everyone], may: [read], of: [deal.margin]}
  no-delete: {nobody: [everyone], may: [delete], of: [\"tag:sox\"]}
environments:
  prod: {changes: [{narrow: rep, may: {internal: {read: own}}, reason: x}]}
  test: {changes: [{widen: base, within: [sales], may: {internal: {delete: own}}, reason: x}]}
";

    fn files() -> Vec<(String, String)> {
        vec![("a.ztam.yaml".into(), VOCABULARY.into()), ("b.ztam.yaml".into(), ROLES.into())]
    }

    fn grants(environment: Option<&str>, as_of: &str, role: &str, target: &str, action: &str) -> Vec<String> {
        let access = evaluate(&files(), environment, as_of);
        let found = access.grants.get(&(role.to_owned(), target.to_owned(), action.to_owned()));
        let words = found.into_iter().flatten();
        words
            .map(|(at, when, until, scope)| [at, &when.join("+"), &until.join("+"), scope.as_str()].join("/"))
            .collect()
    }

    #[test]
    fn a_field_follows_the_rows() {
        assert_eq!(grants(None, "2026-02-01", "rep", "deal", "read"), ["salesforce///team"]);
        assert_eq!(grants(None, "2026-02-01", "rep", "deal.size", "edit"), ["salesforce///own"]);
        assert_eq!(grants(None, "2026-02-01", "rep", "deal.margin", "read"), ["salesforce/mfa//team"]);
        assert_eq!(grants(None, "2026-02-01", "base", "deal", "read"), ["dataverse///team"]);
        assert!(
            grants(None, "2026-02-01", "base", "deal.size", "read").is_empty(),
            "no name on that platform"
        );
        assert!(grants(None, "2026-02-01", "rep", "payment", "read").is_empty(), "not in its domains");
        assert_eq!(grants(None, "2026-02-01", "clerk", "payment", "read"), ["salesforce///org"]);
    }

    #[test]
    fn exceptions_end_and_environments_differ() {
        let january = ["salesforce//T-1/org", "salesforce///team"];
        let mut found = grants(None, "2026-01-31", "rep", "deal", "read");
        found.sort_by_key(|it| std::cmp::Reverse(it.contains("T-1")));
        assert_eq!(found, january);
        assert_eq!(grants(Some("prod"), "2026-01-31", "rep", "deal", "read"), ["salesforce///own"]);
        assert_eq!(grants(Some("prod"), "2026-02-01", "base", "deal", "read"), ["dataverse///team"]);
        assert_eq!(grants(Some("test"), "2026-02-01", "rep", "deal", "delete"), ["salesforce///own"]);
        assert!(grants(Some("test"), "2026-02-01", "rep", "deal.size", "delete").is_empty());
    }

    #[test]
    fn judgements() {
        let matrix = Matrix::read(&files());
        let access = matrix.evaluate(Some("test"), "2026-02-01");
        assert_eq!(matrix.undecided(), []);
        assert!(matrix.broken_nevers(&access).is_empty());
        let broken = [("no-delete", "rep"), ("no-margin", "rep")];
        assert_eq!(
            matrix.broken_guards(&access),
            broken.map(|(guard, role)| (guard.to_owned(), role.to_owned()))
        );
        for (sentence, truth) in [
            ("rep can read deal", true),
            ("rep can read unit deal", false),
            ("rep cannot read deal beyond team", true),
            ("rep cannot read deal beyond own", false),
            ("rep can read deal.margin", false),
            ("rep can read deal.margin when mfa", true),
            ("rep cannot read deal.margin", false),
            ("only [rep] can read deal.margin", true),
            ("only clerk can read deal", false),
            ("nobody can edit payment", true),
            ("everyone can read deal", false),
        ] {
            assert_eq!(matrix.holds(&access, sentence), Some(truth), "{sentence}");
        }
        assert_eq!(matrix.holds(&access, "rep can read internal"), None);
    }
}
