//! Made-up projects, for benchmarks and for properties. Deterministic: the same parameters and seed give the same bytes
//! everywhere, so a measured project need not be kept.
//!
//! *Sound* projects use every section of the language and hold all that they promise. *Wild* ones only compile: they are
//! small and full of odd combinations, to be judged by two evaluators.

mod inventory;
mod matrix;
mod model;
pub(crate) mod random;
mod sound;
mod wild;

pub use matrix::AS_OF;

use random::Random;

/// What is made, how much, and how often a feature appears.
#[derive(Clone, Debug)]
pub struct Params {
    /// Roles; a wild project has at most this many.
    pub roles: usize,
    /// Assets; a wild project has at most this many.
    pub assets: usize,
    /// Fields of each asset; a wild project has at most this many.
    pub fields: usize,
    /// Domains, at most 64.
    pub domains: usize,
    /// Classes, 3 to 5.
    pub classes: usize,
    /// Capabilities.
    pub capabilities: usize,
    /// Guards, separations and waivers together.
    pub prohibitions: usize,
    /// Test sentences.
    pub sentences: usize,
    /// Temporary grants.
    pub temporaries: usize,
    /// Share of roles that nobody holds.
    pub abstract_roles: f64,
    /// Share of roles that extend another one.
    pub inheritance: f64,
    /// Share of assets that both platforms have.
    pub both_platforms: f64,
    /// Chance of a condition: of a conditional class in a role, or of `when` at a wild cell.
    pub conditions: f64,
    /// Chance of an `also` cell in a role.
    pub also: f64,
    /// Chance that an environment changes something.
    pub changes: f64,
    /// Whether the project need not hold what it promises.
    pub wild: bool,
}

impl Params {
    /// A department: 20 roles, 50 assets with 10 fields each.
    #[must_use]
    pub fn small() -> Self {
        Self {
            roles: 20,
            assets: 50,
            fields: 10,
            domains: 4,
            classes: 4,
            capabilities: 40,
            prohibitions: 10,
            sentences: 50,
            temporaries: 2,
            abstract_roles: 0.1,
            inheritance: 0.9,
            both_platforms: 0.9,
            conditions: 0.2,
            also: 0.1,
            changes: 1.0,
            wild: false,
        }
    }

    /// A large enterprise: 500 roles, 1,000 assets with 25 fields each.
    #[must_use]
    pub fn medium() -> Self {
        Self {
            roles: 500,
            assets: 1_000,
            fields: 25,
            domains: 12,
            classes: 5,
            capabilities: 200,
            prohibitions: 300,
            sentences: 2_000,
            temporaries: 20,
            conditions: 0.1,
            also: 0.25,
            ..Self::small()
        }
    }

    /// A fleet: 5,000 roles, 4,000 assets with 25 fields each.
    #[must_use]
    pub fn large() -> Self {
        Self {
            roles: 5_000,
            assets: 4_000,
            domains: 40,
            capabilities: 800,
            prohibitions: 1_000,
            sentences: 20_000,
            temporaries: 100,
            ..Self::medium()
        }
    }

    /// A sound project that is read in a moment: 6 roles, 8 assets with 4 fields each.
    #[must_use]
    pub fn tiny() -> Self {
        Self {
            roles: 6,
            assets: 8,
            fields: 4,
            domains: 2,
            capabilities: 3,
            prohibitions: 4,
            sentences: 8,
            temporaries: 1,
            inheritance: 0.7,
            both_platforms: 0.7,
            conditions: 0.6,
            also: 0.5,
            ..Self::small()
        }
    }

    /// Up to 6 roles, 8 assets and 4 fields each in any combination that compiles.
    #[must_use]
    pub fn wild() -> Self {
        Self {
            domains: 3,
            capabilities: 2,
            temporaries: 2,
            inheritance: 0.5,
            conditions: 0.35,
            also: 0.45,
            changes: 0.7,
            wild: true,
            ..Self::tiny()
        }
    }
}

/// Makes the files of one project, as paths and texts in the order of paths.
#[must_use]
pub fn generate(params: &Params, seed: u64) -> Vec<(String, String)> {
    let mut random = Random::new(seed);
    let project = if params.wild {
        wild::project(params, &mut random)
    } else {
        sound::project(params, seed, &mut random)
    };
    let mut files = matrix::files(&project);
    if !params.wild {
        files.extend(inventory::files(&project));
    }
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_bytes() {
        for params in [Params::tiny(), Params::wild(), Params::small()] {
            assert_eq!(generate(&params, 7), generate(&params, 7));
            assert_ne!(generate(&params, 7), generate(&params, 8));
        }
    }

    #[test]
    fn sound_projects_use_every_section() {
        let files = generate(&Params::small(), 1);
        let text: String = files.iter().map(|(_, text)| text.as_str()).collect();
        let sections = "ztam project title owner limits rules classes conditions domains assets capabilities roles guards duties \
            separate together waivers temporary responsibilities environments tests tests-in moved carry";
        for section in sections.split_whitespace() {
            assert!(text.contains(&format!("\n{section}:")) || text.starts_with(section), "{section}");
        }
        for word in [
            "widen:",
            "narrow:",
            "without:",
            "requires-by-kind:",
            "relate: derived",
            "abstract: true",
            "when: [mfa]",
        ] {
            assert!(text.contains(word), "{word}");
        }
    }
}
