//! Zero-trust access-matrix compiler for Salesforce and Dataverse
