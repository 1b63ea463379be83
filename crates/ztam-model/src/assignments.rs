//! Who holds what: `assignments/*.csv` with the columns person, role, from, until.

use ztam_source::span::Spanned;

use crate::date::Date;

/// One role of one person.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The person: any stable identifier.
    pub person: Spanned<String>,
    /// The role's name.
    pub role: Spanned<String>,
    /// First day, where there is one.
    pub from: Option<Spanned<Date>>,
    /// Last day, where there is one.
    pub until: Option<Spanned<Date>>,
}
