//! Every Salesforce word: catalogue, binding, planning, emission
