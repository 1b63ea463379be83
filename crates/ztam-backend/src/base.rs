//! What lies beneath the roles of a matrix: a profile or role that the org has, that no package writes and that people have
//! besides. The matrix names it, the inventory says what it grants, and every judgement counts it.

use std::collections::{BTreeMap, BTreeSet};

use ztam_graph::facts::{BaseId, Beneath, Shipped};
use ztam_graph::ids::{Names, RoleId};
use ztam_model::inventory::{InventoryContainer, PlatformInventory};
use ztam_model::project::Text;
use ztam_model::words::RoleKind;
use ztam_source::finding::{Finding, Safety, TextEdit};
use ztam_source::idx::IndexVec;
use ztam_source::span::Span;
use ztam_source::suggest;

use crate::rules::{BINDING, UNDECLARED};

/// The words of a platform for what lies beneath.
#[derive(Clone, Copy, Debug)]
pub struct BaseWords {
    /// The platform's key in the matrix.
    pub platform: &'static str,
    /// The platform's title.
    pub title: &'static str,
    /// Its kind of container in an inventory.
    pub kind: &'static str,
    /// What people call it.
    pub called: &'static str,
    /// The key by which role and environment name it.
    pub key: &'static str,
    /// Names of those that the vendor ships and that grant far more than what a floor needs.
    pub broad: &'static [&'static str],
}

/// What lies beneath the roles of a project.
#[derive(Debug, Default)]
pub struct Bases<'i> {
    /// Those of which it is known what they grant.
    pub known: IndexVec<BaseId, KnownBase<'i>>,
    /// Per role: which of them.
    pub beneath: IndexVec<RoleId, Option<Beneath>>,
    /// Per role that people hold there: the name in the matrix, known or not.
    pub named: IndexVec<RoleId, Option<Text>>,
    /// Names that the org does not have, and roles of which nobody can say what lies beneath.
    pub findings: Vec<Finding>,
}

/// One of which it is known what it grants.
#[derive(Debug)]
pub struct KnownBase<'i> {
    /// Its name in the inventory.
    pub name: &'i str,
    /// What has the name; all of them count.
    pub containers: Vec<&'i InventoryContainer>,
}

impl Bases<'_> {
    /// What of it the vendor ships and grants much, by its name.
    #[must_use]
    pub fn shipped(&self, words: &BaseWords) -> IndexVec<RoleId, Option<Shipped>> {
        let of_role = |named: &Option<Text>| {
            let named = named.as_ref()?;
            let is_it = words.broad.iter().any(|it| it.eq_ignore_ascii_case(&named.value));
            let name = named.value.as_str().into();
            is_it.then_some(Shipped { kind: words.called, name, span: named.span })
        };
        self.named.iter().map(of_role).collect()
    }
}

impl<'i> KnownBase<'i> {
    /// Every row: its kind, its key, its rights.
    pub fn rows(&self) -> impl Iterator<Item = (&'i str, &'i str, &'i [String])> + '_ {
        let kinds = self.containers.iter().filter_map(|it| it.grants.as_ref()).flatten();
        kinds.flat_map(|(kind, rows)| {
            rows.iter().map(|(key, rights)| (kind.as_str(), key.as_str(), rights.as_slice()))
        })
    }
}

/// Finds what lies beneath each role: what the role names itself, or else the roles that it extends, or else the environment
/// for people from inside.
#[must_use]
pub fn bases<'i>(
    names: &Names<'_>,
    inventory: Option<&'i PlatformInventory>,
    words: BaseWords,
    own: &IndexVec<RoleId, Option<Text>>,
    default: Option<&Text>,
) -> Bases<'i> {
    let mut finder = Finder {
        names,
        words,
        own,
        read: inventory
            .iter()
            .flat_map(|it| &it.containers)
            .filter(|it| it.kind == words.kind && it.grants.is_some())
            .collect(),
        ids: BTreeMap::new(),
        wrong: BTreeSet::new(),
        out: Bases::default(),
    };
    for role in names.roles.ids() {
        let named = finder.named(role, default);
        let beneath = named.as_ref().and_then(|it| finder.known(it));
        finder.out.beneath.push(beneath);
        finder.out.named.push(named);
    }
    finder.out
}

struct Finder<'n, 'p, 'i> {
    names: &'n Names<'p>,
    words: BaseWords,
    own: &'n IndexVec<RoleId, Option<Text>>,
    /// What the inventory knows the rights of.
    read: Vec<&'i InventoryContainer>,
    ids: BTreeMap<String, BaseId>,
    /// Names that were told of.
    wrong: BTreeSet<Span>,
    out: Bases<'i>,
}

impl Finder<'_, '_, '_> {
    fn named(&mut self, role: RoleId, default: Option<&Text>) -> Option<Text> {
        let declared = self.names.roles.get(role);
        let is_here = declared.platforms.iter().any(|it| it.value == self.words.platform);
        let is_abstract = declared.r#abstract.is_some_and(|it| it.value);
        if !is_here || is_abstract {
            return None;
        }
        let nearest = self.nearest(role);
        let first = nearest.first().cloned();
        if let (Some(first), Some(other)) =
            (&first, nearest.iter().find(|it| nearest.first().is_some_and(|first| !same(it, first))))
        {
            self.out.findings.push(self.several(role, first, other));
        }
        let kind = declared.kind.as_ref().map_or(RoleKind::Employee, |it| it.value);
        let is_inside = !matches!(kind, RoleKind::External | RoleKind::Guest);
        first.or_else(|| default.filter(|_| is_inside).cloned())
    }

    /// What the role names, or else the nearest roles on each way along `extends` that name something.
    fn nearest(&self, role: RoleId) -> Vec<Text> {
        let (mut found, mut open, mut seen) = (Vec::new(), vec![role], BTreeSet::from([role]));
        while let Some(current) = open.pop() {
            if let Some(named) = &self.own[current] {
                found.push(named.clone());
                continue;
            }
            let parents = self.names.roles.get(current).extends.iter().rev();
            let parents = parents.filter_map(|it| self.names.roles.find(&it.value));
            open.extend(parents.filter(|it| seen.insert(*it)));
        }
        found
    }

    fn several(&self, role: RoleId, first: &Text, other: &Text) -> Finding {
        let BaseWords { called, key, platform, .. } = self.words;
        let title = format!("nobody can say which {called} people with {} have", self.names.role_title(role));
        Finding::new(&BINDING, title)
            .at(self.names.roles.span(role), "extends roles over several")
            .because(first.span, "one of them")
            .because(other.span, "another")
            .help(format!("write the one that they have: `{platform}: {{{key}: ...}}`"))
            .fact("role", self.names.roles.name(role))
    }

    /// What is known under a name; a name that is not among those that were read is told, once at each place.
    fn known(&mut self, named: &Text) -> Option<Beneath> {
        let folded = named.value.to_lowercase();
        if let Some(base) = self.ids.get(&folded) {
            return Some(Beneath { base: *base, span: named.span });
        }
        let containers: Vec<_> =
            self.read.iter().copied().filter(|it| it.name.to_lowercase() == folded).collect();
        let Some(first) = containers.first() else {
            if !self.read.is_empty() && self.wrong.insert(named.span) {
                let finding = self.unknown(named);
                self.out.findings.push(finding);
            }
            return None;
        };
        let base = self.out.known.push(KnownBase { name: &first.name, containers });
        self.ids.insert(folded, base);
        Some(Beneath { base, span: named.span })
    }

    fn unknown(&self, named: &Text) -> Finding {
        let BaseWords { title, called, .. } = self.words;
        let finding = Finding::new(&UNDECLARED, format!("{title} has no {called} `{}`", named.value))
            .at(named.span, "not among those whose rights the inventory has")
            .note("what people have besides their role counts in every judgement")
            .help("correct the name, or take an inventory of files that hold it")
            .fact("name", named.value.clone());
        let all = self.read.iter().map(|it| it.name.as_str());
        match suggest::closest(&named.value, all) {
            Some(meant) => {
                let edit = TextEdit { span: named.span, text: meant.to_owned() };
                finding.fix(format!("did you mean `{meant}`?"), Safety::NeedsApproval, vec![edit])
            }
            None => finding,
        }
    }
}

fn same(a: &Text, b: &Text) -> bool {
    a.value.to_lowercase() == b.value.to_lowercase()
}
