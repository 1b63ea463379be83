//! The pack `shared-responsibility`: what stays with the customer, or is shared with the vendor, of running a platform
//! safely. A responsibility says with `covers` which of these duties it answers.

use crate::words::Party;

/// The name of the pack.
pub const NAME: &str = "shared-responsibility";

/// A duty of the pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedDuty {
    /// The word that `covers` names.
    pub name: &'static str,
    /// The duty as a sentence, without a full stop.
    pub statement: &'static str,
    /// Whose it is.
    pub party: Party,
    /// How old its evidence may be, in days, where the responsibility does not say. `None` where it is looked at with
    /// every change and not by the calendar.
    pub max_age_days: Option<u32>,
    /// Controls that it serves.
    pub controls: &'static [&'static str],
}

/// The duty of a name.
#[must_use]
pub fn duty(name: &str) -> Option<&'static SharedDuty> {
    DUTIES.iter().find(|duty| duty.name == name)
}

/// Every duty: identities, outsiders, data, records, change and recovery.
pub static DUTIES: &[SharedDuty] = &[
    SharedDuty {
        name: "role-owners",
        statement: "Every role has somebody who answers for it, and a purpose",
        party: Party::Customer,
        max_age_days: Some(365),
        controls: &["NIST AC-2", "ISO A.5.2", "ISO A.5.18"],
    },
    SharedDuty {
        name: "least-privilege-chart",
        statement: "Every role, class and action stands in one matrix, and nothing is granted outside it",
        party: Party::Customer,
        max_age_days: None,
        controls: &["NIST AC-6", "PCI 7.2.1"],
    },
    SharedDuty {
        name: "mfa",
        statement: "Everybody signs in with a second factor, powerful accounts with one that cannot be phished",
        party: Party::Customer,
        max_age_days: Some(90),
        controls: &["NIST IA-2(1)", "NIST IA-2(2)", "CIS 6.3", "CIS 6.5"],
    },
    SharedDuty {
        name: "access-review",
        statement: "The access of every role is reviewed on schedule, that of powerful ones first",
        party: Party::Customer,
        max_age_days: Some(90),
        controls: &["NIST AC-6(7)", "PCI 7.2.4", "SBS-ACS-010"],
    },
    SharedDuty {
        name: "leavers",
        statement: "Leavers lose their access, and accounts that nobody uses are closed",
        party: Party::Customer,
        max_age_days: None,
        controls: &["NIST AC-2(3)", "NIST PS-4", "CIS 5.3"],
    },
    SharedDuty {
        name: "machine-accounts",
        statement: "Accounts of machines are listed with type, purpose, owner, first and last use",
        party: Party::Customer,
        max_age_days: Some(90),
        controls: &["NIST AC-2", "CIS 5.5", "SBS-ACS-007"],
    },
    SharedDuty {
        name: "separate-administrators",
        statement: "Administrators work with another account than for their everyday work, and powers are taken for a time",
        party: Party::Customer,
        max_age_days: Some(90),
        controls: &["NIST AC-6(2)", "NIST AC-6(5)", "CIS 5.4"],
    },
    SharedDuty {
        name: "few-business-units",
        statement: "Business units exist only where access needs them",
        party: Party::Customer,
        max_age_days: None,
        controls: &["NIST AC-3"],
    },
    SharedDuty {
        name: "rights-through-teams",
        statement: "Rights come through teams and groups, not to single persons",
        party: Party::Customer,
        max_age_days: None,
        controls: &["NIST AC-6"],
    },
    SharedDuty {
        name: "sharing-withheld",
        statement: "Nobody passes rows on by hand unless the role says so, and nothing shares by itself",
        party: Party::Customer,
        max_age_days: None,
        controls: &["NIST AC-3", "NIST AC-6"],
    },
    SharedDuty {
        name: "guest-access",
        statement: "What visitors without an account see is reviewed: public data, and nothing to write",
        party: Party::Customer,
        max_age_days: Some(90),
        controls: &["NIST AC-14", "NIST AC-22"],
    },
    SharedDuty {
        name: "connected-apps",
        statement: "Every connected application is approved, narrow in what it may ask for, and reviewed",
        party: Party::Customer,
        max_age_days: Some(90),
        controls: &["NIST AC-20", "NIST SA-9", "SBS-OAUTH-001", "SBS-OAUTH-002"],
    },
    SharedDuty {
        name: "no-self-authorised-apps",
        statement: "Nobody lets an application in that was not approved",
        party: Party::Customer,
        max_age_days: None,
        controls: &["NIST CM-11", "SBS-ACS-003"],
    },
    SharedDuty {
        name: "sign-in-networks",
        statement: "Accounts of interfaces and integrations sign in from known networks only",
        party: Party::Customer,
        max_age_days: Some(90),
        controls: &["NIST AC-17", "NIST AC-20"],
    },
    SharedDuty {
        name: "phishing-training",
        statement: "People are trained against phishing and false requests for consent",
        party: Party::Customer,
        max_age_days: Some(365),
        controls: &["NIST AT-2"],
    },
    SharedDuty {
        name: "vendor-support-access",
        statement: "The vendor's support gets in only with consent, and what it does is recorded",
        party: Party::Shared,
        max_age_days: None,
        controls: &["NIST SA-9", "NIST MA-5"],
    },
    SharedDuty {
        name: "classification",
        statement: "Every object and field has a class",
        party: Party::Customer,
        max_age_days: Some(365),
        controls: &["NIST RA-2", "ISO A.5.12", "ISO A.5.13"],
    },
    SharedDuty {
        name: "field-security",
        statement: "Sensitive fields are protected apart from their rows",
        party: Party::Customer,
        max_age_days: None,
        controls: &["NIST AC-3", "ISO A.8.3"],
    },
    SharedDuty {
        name: "export-limits",
        statement: "Who may take data out in bulk is listed",
        party: Party::Customer,
        max_age_days: None,
        controls: &["NIST AC-4", "NIST AC-21", "ISO A.8.12"],
    },
    SharedDuty {
        name: "retention",
        statement: "Every class has a date at which its data is deleted, and somebody who deletes it",
        party: Party::Customer,
        max_age_days: Some(365),
        controls: &["NIST SI-12", "GDPR 5(1)(e)"],
    },
    SharedDuty {
        name: "encryption-keys",
        statement: "Whose keys encrypt the data is decided, and somebody answers for them",
        party: Party::Shared,
        max_age_days: Some(365),
        controls: &["NIST SC-28", "NIST SC-12"],
    },
    SharedDuty {
        name: "copies-masked",
        statement: "Regulated data outside production is masked, or not there",
        party: Party::Customer,
        max_age_days: None,
        controls: &["ISO A.8.33"],
    },
    SharedDuty {
        name: "regulations",
        statement: "Every regulation is mapped to classes and has an owner",
        party: Party::Customer,
        max_age_days: Some(365),
        controls: &["ISO A.5.34"],
    },
    SharedDuty {
        name: "managed-devices",
        statement: "Sensitive data is opened on managed devices only",
        party: Party::Customer,
        max_age_days: Some(90),
        controls: &["NIST AC-17", "NIST AC-19"],
    },
    SharedDuty {
        name: "audit-trail",
        statement: "Changes of sensitive data and the access of users are recorded, and not everything is",
        party: Party::Customer,
        max_age_days: Some(90),
        controls: &["NIST AU-2", "NIST AU-12"],
    },
    SharedDuty {
        name: "audit-retention",
        statement: "Records are kept as long as the strictest regulation asks",
        party: Party::Customer,
        max_age_days: Some(365),
        controls: &["NIST AU-11", "ISO A.8.15"],
    },
    SharedDuty {
        name: "session-end",
        statement: "Sessions end by themselves",
        party: Party::Customer,
        max_age_days: Some(90),
        controls: &["NIST AC-12", "HIPAA 164.312(a)(2)(iii)"],
    },
    SharedDuty {
        name: "alerts",
        statement: "Strange sign-ins, bulk exports, changes of roles and the work of administrators raise alarms",
        party: Party::Customer,
        max_age_days: Some(90),
        controls: &["NIST SI-4", "NIST AC-2(12)", "NIST AU-6"],
    },
    SharedDuty {
        name: "health-check",
        statement: "The platform's own security score is recorded and above the threshold",
        party: Party::Customer,
        max_age_days: Some(90),
        controls: &["NIST CM-6"],
    },
    SharedDuty {
        name: "recovery-owner",
        statement: "One owner answers for recovery of data, metadata and environments",
        party: Party::Customer,
        max_age_days: Some(365),
        controls: &["NIST CP-9", "NIST CP-10"],
    },
    SharedDuty {
        name: "recovery-objectives",
        statement: "How much may be lost and how long recovery may take is set in hours, and tested",
        party: Party::Customer,
        max_age_days: Some(365),
        controls: &["NIST CP-9", "NIST CP-10", "CIS 11"],
    },
    SharedDuty {
        name: "restore-tested",
        statement: "Production data or metadata was restored, on a day that is known",
        party: Party::Customer,
        max_age_days: Some(180),
        controls: &["NIST CP-9(1)", "SBS-DATA-003"],
    },
    SharedDuty {
        name: "change-and-rollback",
        statement: "Every change of access has a version, an approver and a ticket, and can be taken back",
        party: Party::Customer,
        max_age_days: None,
        controls: &["NIST CM-3", "NIST CM-5", "SBS-ACS-011", "SBS-DEP-004"],
    },
    SharedDuty {
        name: "change-impact-known",
        statement: "What a change of access reaches is known before it is deployed",
        party: Party::Customer,
        max_age_days: None,
        controls: &["NIST CM-4", "NIST RA-3"],
    },
    SharedDuty {
        name: "backups-isolated",
        statement: "Whoever can destroy production cannot destroy the backups",
        party: Party::Customer,
        max_age_days: Some(180),
        controls: &["NIST CP-9", "ISO A.8.13"],
    },
    SharedDuty {
        name: "backups-cover-metadata",
        statement: "Backups hold roles and permission sets as well as data",
        party: Party::Customer,
        max_age_days: Some(180),
        controls: &["NIST CP-9"],
    },
    SharedDuty {
        name: "incident-contact",
        statement: "Whom to call in an incident is known, at the vendor too",
        party: Party::Shared,
        max_age_days: Some(365),
        controls: &["NIST IR-6"],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_duty_has_a_word_and_a_sentence_of_its_own() {
        let names: BTreeSet<_> = DUTIES.iter().map(|duty| duty.name).collect();
        let statements: BTreeSet<_> = DUTIES.iter().map(|duty| duty.statement).collect();
        assert_eq!((DUTIES.len(), names.len(), statements.len()), (37, 37, 37));
        assert!(DUTIES.iter().all(|it| it.party != Party::Provider && !it.controls.is_empty()));
        assert_eq!(duty("restore-tested").and_then(|it| it.max_age_days), Some(180));
        assert_eq!(duty("restore-test"), None);
    }
}
