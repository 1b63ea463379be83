//! Data with a compliance tag, and who reaches it.

use std::collections::{BTreeMap, BTreeSet};

use ztam_graph::access::{Entry, SlotId, Target};
use ztam_graph::ids::RoleId;
use ztam_model::project::Text;

use crate::cx::Cx;

/// The slots with some tags, each with what carries the tag.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots(BTreeMap<SlotId, Tagged>);

/// What carries tags in a slot: the first target, and the tags of all.
#[derive(Clone, Debug)]
pub(crate) struct Tagged {
    /// The asset, or the first field.
    pub(crate) target: Target,
    /// Tags as written, in lower case.
    pub(crate) tags: BTreeSet<String>,
}

/// The slots whose asset, or one of whose fields, carries one of some tags. A tag of an asset is one of its rows.
pub(crate) fn slots(cx: &Cx<'_>, wanted: &[&str]) -> Slots {
    let names = &cx.access.names;
    let mut found = BTreeMap::new();
    let mut add = |slot: SlotId, target: Target, tags: &[Text]| {
        let tags = tags.iter().map(|tag| tag.value.to_lowercase());
        let tags: Vec<_> = tags.filter(|tag| wanted.contains(&tag.as_str())).collect();
        if !tags.is_empty() {
            let row = found.entry(slot).or_insert_with(|| Tagged { target, tags: BTreeSet::new() });
            row.tags.extend(tags);
        }
    };
    for (id, _, asset) in names.assets.iter() {
        add(cx.access.rows_slot(id), Target::Rows(id), &asset.tags);
    }
    for (id, row) in names.fields.iter_ids() {
        if let Some(slot) = cx.field_slots[id] {
            add(slot, Target::Field(id), &row.field.tags);
        }
    }
    Slots(found)
}

impl Slots {
    /// What a role reaches of it, in any way.
    pub(crate) fn reached_by<'s>(
        &'s self,
        cx: &'s Cx<'_>,
        role: RoleId,
    ) -> impl Iterator<Item = (SlotId, &'s Tagged, &'s [Entry])> {
        let all = self.0.iter().map(move |(slot, tagged)| (*slot, tagged, cx.access.entries(role, *slot)));
        all.filter(|(_, _, entries)| !entries.is_empty())
    }
}
