//! Tests over the whole product.

#![cfg_attr(
    test,
    expect(
        clippy::disallowed_methods,
        clippy::print_stdout,
        reason = "tests read files, and say what they skip or measure"
    )
)]

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod dataverse_golden;
#[cfg(test)]
mod escalation;
#[cfg(test)]
mod estate;
#[cfg(test)]
mod fidelity;
#[cfg(test)]
mod flawed;
#[cfg(test)]
mod floor;
#[cfg(test)]
mod generalize;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod import;
#[cfg(test)]
mod import_dataverse;
#[cfg(test)]
mod import_described;
#[cfg(test)]
mod import_into;
#[cfg(test)]
mod inventory;
#[cfg(test)]
mod judged;
#[cfg(test)]
mod metamorphic;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod never_wider;
#[cfg(test)]
mod packer;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod platform_model;
#[cfg(test)]
mod project;
#[cfg(test)]
mod removal;
#[cfg(test)]
mod roundtrip;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod second_opinion;
#[cfg(test)]
mod strict;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod unverified;
#[cfg(test)]
mod why;
