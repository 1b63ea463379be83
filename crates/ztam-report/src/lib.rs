//! Findings and access to people and machines
