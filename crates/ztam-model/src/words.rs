//! The closed vocabularies of the language: actions, scopes, role kinds and their relatives. Every word is a plain
//! string in YAML and an enumeration in the schema.

use schemars::JsonSchema;
use serde::Deserialize;

/// Declares a closed vocabulary: serde, schema, the list of all words, and the word itself.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// Every word, in the order of the language.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as written.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of a word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// What somebody may do. Fields know `read`, `create`, `edit` and `unmask` only.
    Action {
        /// See rows or a field.
        Read = "read",
        /// Make rows, or set a field on a new row.
        Create = "create",
        /// Change rows or a field.
        Edit = "edit",
        /// Remove rows.
        Delete = "delete",
        /// Let others see rows.
        Share = "share",
        /// Give rows to another owner.
        Assign = "assign",
        /// Attach these rows to others.
        Append = "append",
        /// Let others be attached to these rows.
        AppendTo = "append-to",
        /// See the unmasked value of a field.
        Unmask = "unmask",
    }
}

words! {
    /// Which rows. `own < team < unit < unit-tree < shared < org` in containment; `account` stands beside team and unit.
    /// `shared` is judged as `org` unless an inventory proves less.
    Scope {
        /// Rows that the person owns.
        Own = "own",
        /// Rows of the person's own account: external and guest roles only.
        Account = "account",
        /// Rows of the person's team.
        Team = "team",
        /// Rows of the person's business unit.
        Unit = "unit",
        /// Rows of the business unit and those below it.
        UnitTree = "unit-tree",
        /// Rows that the org's own sharing gives.
        Shared = "shared",
        /// All rows.
        Org = "org",
    }
}

words! {
    /// Who holds the role.
    RoleKind {
        /// A member of staff.
        Employee = "employee",
        /// Runs the platform.
        Administrator = "administrator",
        /// Signs in, but works for somebody else.
        External = "external",
        /// Does not sign in.
        Guest = "guest",
        /// A machine.
        Service = "service",
        /// A machine that decides by itself, for people.
        Agent = "agent",
        /// Used when everything else fails.
        BreakGlass = "break-glass",
    }
}

words! {
    /// How far a class cell reaches.
    Reach {
        /// Every asset of the class in the role's domains.
        Domain = "domain",
        /// Only what the cell names in `of:`.
        Named = "named",
    }
}

words! {
    /// Whether data of a class may leave in bulk.
    ExportRule {
        /// Export needs no mention.
        Any = "any",
        /// Export needs a declared capability.
        Named = "named",
    }
}

words! {
    /// How bad something is.
    SeverityWord {
        /// Hygiene.
        Low = "low",
        /// Weakens a protection.
        Medium = "medium",
        /// Large exposure.
        High = "high",
        /// Breaks a boundary.
        Critical = "critical",
    }
}

words! {
    /// Who answers for a duty.
    Party {
        /// The customer.
        Customer = "customer",
        /// The vendor.
        Provider = "provider",
        /// Both, each its half.
        Shared = "shared",
    }
}

words! {
    /// Where append and append-to come from.
    Relate {
        /// Only from cells that say so.
        Written = "written",
        /// Append as wide as edit or create on the referencing side, append-to as wide as read on the referenced side.
        Derived = "derived",
    }
}

words! {
    /// Which rules run at which strength.
    Profile {
        /// Only what breaks a boundary.
        Minimal = "minimal",
        /// Every proven rule.
        Standard = "standard",
        /// Advisory rules block too.
        Strict = "strict",
    }
}

words! {
    /// The level a project sets for a rule.
    LevelWord {
        /// Do not report.
        Off = "off",
        /// Report.
        Advisory = "advisory",
        /// Fail the run.
        Blocking = "blocking",
        /// Fail the run, and let no waiver excuse it.
        Forbid = "forbid",
    }
}

words! {
    /// What a `moved` entry renames.
    MovedKind {
        /// A role.
        Role = "role",
        /// An asset.
        Asset = "asset",
        /// A field, written `asset.field`.
        Field = "field",
        /// A class.
        Class = "class",
        /// A capability.
        Capability = "capability",
        /// A domain.
        Domain = "domain",
    }
}

words! {
    /// How an account signs in.
    SignIn {
        /// As a person does.
        Interactive = "interactive",
        /// As an application, with a key of its own.
        Application = "application",
    }
}

words! {
    /// What bounds the account of a machine besides its rights.
    Safeguard {
        /// It signs in from known networks only.
        Network = "network",
        /// Its rights were cut to its purpose and looked at.
        LeastScope = "least-scope",
        /// What it does raises alarms.
        Monitoring = "monitoring",
        /// Its key is changed at least every 90 days.
        Rotation = "rotation",
        /// Nobody and nothing else uses it.
        Dedicated = "dedicated",
    }
}

words! {
    /// With whose rights automation runs.
    RunsAs {
        /// With those of whoever starts it.
        User = "user",
        /// With those of the system: everything.
        System = "system",
    }
}

words! {
    /// Who may use an application.
    AppUsers {
        /// Whom an administrator lets in.
        Approved = "approved",
        /// Everybody who agrees.
        Everyone = "everyone",
    }
}

words! {
    /// How long an application stays signed in.
    Refresh {
        /// It signs in each time.
        Never = "never",
        /// Until an end that is set.
        Bounded = "bounded",
        /// Until somebody takes it back.
        Unbounded = "unbounded",
    }
}

words! {
    /// What an alarm notices.
    Watch {
        /// Much data leaves.
        BulkExport = "bulk-export",
        /// Much data is deleted.
        BulkDelete = "bulk-delete",
        /// Roles, permission sets or their members change.
        RoleChanges = "role-changes",
        /// Somebody uses a powerful right.
        PrivilegedUse = "privileged-use",
        /// Somebody uses access that is for emergencies.
        BreakGlassUse = "break-glass-use",
        /// Recording is changed or deleted.
        AuditChanges = "audit-changes",
        /// An application is let in.
        AppConsent = "app-consent",
    }
}

words! {
    /// What a condition asks of whoever signs in.
    Means {
        /// A second factor.
        SecondFactor = "second-factor",
        /// A factor that cannot be phished: a key, a passkey.
        PhishingResistant = "phishing-resistant",
        /// A session that ends by itself.
        SessionEnd = "session-end",
        /// A step that is taken for this purpose.
        StepUp = "step-up",
        /// A known network.
        Network = "network",
        /// A managed device.
        Device = "device",
    }
}

words! {
    /// How much of what a duty lists makes the duty.
    Quantity {
        /// One of it.
        Any = "any",
        /// All of it.
        All = "all",
    }
}

words! {
    /// What two duties must share before they conflict.
    Same {
        /// The same asset.
        Asset = "asset",
        /// Assets of the same domain.
        Domain = "domain",
        /// Nothing.
        Any = "any",
    }
}
