//! What the elements of permission files mean: which are rows, what their key is, and which values grant something.

/// A kind of file.
#[derive(Debug)]
pub(super) struct Shape {
    /// Root element, and the kind of its container.
    pub(super) kind: &'static str,
    /// End of the file's name in metadata format; in source format `-meta.xml` follows.
    pub(super) suffix: &'static str,
    /// Elements that are rows.
    pub(super) rows: &'static [RowKind],
    /// Elements whose text is a row: the members of a group.
    pub(super) members: &'static [(&'static str, &'static str)],
    /// Elements that say something of the container once.
    pub(super) about: &'static [&'static str],
    /// Elements that grant nothing and are left alone.
    pub(super) aside: &'static [&'static str],
    /// Whether Salesforce refuses a file without label.
    pub(super) labelled: bool,
    /// Whether the name is an API name.
    pub(super) api_name: bool,
    /// Whether a row must hold the rights that its rights need.
    pub(super) complete: bool,
}

/// A kind of row.
#[derive(Debug)]
pub(super) struct RowKind {
    /// Name of the element.
    pub(super) element: &'static str,
    /// The child that names what the row is about.
    pub(super) key: &'static str,
    /// The children that grant.
    pub(super) rights: Rights,
    /// Children that grant nothing.
    pub(super) aside: &'static [&'static str],
}

/// How a row grants.
#[derive(Debug)]
pub(super) enum Rights {
    /// By booleans; those that are true are the rights.
    Flags(&'static [&'static str]),
    /// By one word.
    Word {
        /// The child that holds it.
        child: &'static str,
        /// Words that grant.
        grants: &'static [&'static str],
        /// The word that grants nothing.
        denies: &'static str,
    },
}

const fn flags(element: &'static str, key: &'static str, rights: &'static [&'static str]) -> RowKind {
    RowKind { element, key, rights: Rights::Flags(rights), aside: &[] }
}

const fn enabled(element: &'static str, key: &'static str) -> RowKind {
    flags(element, key, &["enabled"])
}

const AGENTS: RowKind = enabled("agentAccesses", "agentName");
const CLASSES: RowKind = enabled("classAccesses", "apexClass");
const CREDENTIALS: RowKind = enabled("externalCredentialPrincipalAccesses", "externalCredentialPrincipal");
const CUSTOM_PERMISSIONS: RowKind = enabled("customPermissions", "name");
const CUSTOM_SETTINGS: RowKind = enabled("customSettingAccesses", "name");
const DATA_SOURCES: RowKind = enabled("externalDataSourceAccesses", "externalDataSource");
const FIELDS: RowKind = flags("fieldPermissions", "field", &["editable", "readable"]);
const FLOWS: RowKind = enabled("flowAccesses", "flow");
const METADATA_TYPES: RowKind = enabled("customMetadataTypeAccesses", "name");
const PAGES: RowKind = enabled("pageAccesses", "apexPage");
const PRESENCES: RowKind = enabled("servicePresenceStatusAccesses", "servicePresenceStatus");
const ROUTING: RowKind = enabled("emailRoutingAddressAccesses", "name");
const SUMMARIES: RowKind = enabled("genComputingSummaryDefAccesses", "configName");
const USER_PERMISSIONS: RowKind = enabled("userPermissions", "name");
const OBJECTS: RowKind = flags(
    "objectPermissions",
    "object",
    &[
        "allowCreate",
        "allowDelete",
        "allowEdit",
        "allowRead",
        "customizeSetup",
        "deleteSetup",
        "modifyAllRecords",
        "viewAllFields",
        "viewAllRecords",
        "viewSetup",
    ],
);

const SET_ROWS: &[RowKind] = &[
    AGENTS,
    flags("applicationVisibilities", "application", &["visible"]),
    CLASSES,
    CREDENTIALS,
    CUSTOM_PERMISSIONS,
    CUSTOM_SETTINGS,
    DATA_SOURCES,
    FIELDS,
    FLOWS,
    METADATA_TYPES,
    OBJECTS,
    PAGES,
    PRESENCES,
    flags("recordTypeVisibilities", "recordType", &["visible"]),
    ROUTING,
    SUMMARIES,
    RowKind {
        element: "tabSettings",
        key: "tab",
        rights: Rights::Word { child: "visibility", grants: &["Available", "Visible"], denies: "None" },
        aside: &[],
    },
    USER_PERMISSIONS,
];

const PROFILE_ROWS: &[RowKind] = &[
    AGENTS,
    RowKind {
        element: "applicationVisibilities",
        key: "application",
        rights: Rights::Flags(&["visible"]),
        aside: &["default"],
    },
    RowKind {
        element: "categoryGroupVisibilities",
        key: "dataCategoryGroup",
        rights: Rights::Word { child: "visibility", grants: &["ALL", "CUSTOM"], denies: "NONE" },
        aside: &["dataCategories"],
    },
    CLASSES,
    CREDENTIALS,
    CUSTOM_PERMISSIONS,
    CUSTOM_SETTINGS,
    DATA_SOURCES,
    FIELDS,
    FLOWS,
    METADATA_TYPES,
    OBJECTS,
    PAGES,
    PRESENCES,
    RowKind {
        element: "recordTypeVisibilities",
        key: "recordType",
        rights: Rights::Flags(&["visible"]),
        aside: &["default", "personAccountDefault"],
    },
    SUMMARIES,
    RowKind {
        element: "tabVisibilities",
        key: "tab",
        rights: Rights::Word { child: "visibility", grants: &["DefaultOff", "DefaultOn"], denies: "Hidden" },
        aside: &[],
    },
    USER_PERMISSIONS,
];

const SET_ABOUT: &[&str] =
    &["description", "fullName", "hasActivationRequired", "label", "license", "module", "userLicense"];

/// All kinds of files that are read. The longer suffix stands first where one ends in another.
pub(super) static SHAPES: &[Shape] = &[
    Shape {
        kind: "CustomPermission",
        suffix: "customPermission",
        rows: &[flags("requiredPermission", "customPermission", &["dependency"])],
        members: &[],
        about: &[
            "connectedApp",
            "description",
            "externalClientApplication",
            "fullName",
            "isLicensed",
            "label",
            "module",
        ],
        aside: &[],
        labelled: true,
        api_name: true,
        complete: false,
    },
    Shape {
        kind: "MutingPermissionSet",
        suffix: "mutingpermissionset",
        rows: SET_ROWS,
        members: &[],
        about: SET_ABOUT,
        aside: &[],
        labelled: true,
        api_name: true,
        complete: false,
    },
    Shape {
        kind: crate::plan::SET,
        suffix: "permissionset",
        rows: SET_ROWS,
        members: &[],
        about: SET_ABOUT,
        aside: &[],
        labelled: true,
        api_name: true,
        complete: true,
    },
    Shape {
        kind: crate::plan::GROUP,
        suffix: "permissionsetgroup",
        rows: &[],
        members: &[("mutingPermissionSets", "muting"), (crate::plan::MEMBER, crate::plan::MEMBER_RIGHT)],
        about: &["description", "fullName", "hasActivationRequired", "label", "module", "status"],
        aside: &[],
        labelled: true,
        api_name: true,
        complete: false,
    },
    Shape {
        kind: super::PROFILE,
        suffix: "profile",
        rows: PROFILE_ROWS,
        members: &[],
        about: &["custom", "description", "fullName", "label", "module", "userLicense"],
        // They decide when and where people log in and what pages look like, not what is granted; see `attributes`.
        aside: &["layoutAssignments", "loginFlows", "loginHours", "loginIpRanges", "profileActionOverrides"],
        labelled: false,
        api_name: false,
        complete: false,
    },
];

/// Rights on an object or field with those that Salesforce asks for beside them.
pub(crate) static NEEDS: &[(&str, &str, &[&str])] = &[
    ("fieldPermissions", "editable", &["readable"]),
    ("objectPermissions", "allowCreate", &["allowRead"]),
    ("objectPermissions", "allowDelete", &["allowEdit", "allowRead"]),
    ("objectPermissions", "allowEdit", &["allowRead"]),
    ("objectPermissions", "modifyAllRecords", &["allowDelete", "allowEdit", "allowRead", "viewAllRecords"]),
    ("objectPermissions", "viewAllRecords", &["allowRead"]),
];
