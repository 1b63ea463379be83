//! Every Salesforce word: catalogue, binding, planning, emission

pub mod catalog;
