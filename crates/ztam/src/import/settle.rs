//! Which of what was read becomes cells and which is carried: told by trying. What a build does not give exactly is carried, and so
//! is what cannot be listed in the user's files, or what would change something for roles that were there before.

use ztam_backend::import::{Imported, Unsayable, Withheld, Withholding};
use ztam_backend::read::Package;

use super::{Draft, Importer};
use crate::exit::Failure;

/// Most builds until what cannot be said exactly is known.
const ROUNDS: usize = 8;

impl Importer<'_> {
    /// Tries, carries what does not come out right, and tries again until nothing more can be done.
    pub(super) fn settle(&self, package: &Package, first: Imported) -> Result<Draft, Failure> {
        let (mut unsayable, mut withheld) = (Unsayable::new(), Withholding::new());
        let mut imported = first;
        let mut round = 0;
        loop {
            let (grown, refused) = self.grow(&imported);
            if !refused.is_empty() {
                let before = withheld.len();
                withheld.extend(refused);
                if withheld.len() == before {
                    return Err(Failure::internal(
                        "fields that cannot be listed are asked for again".to_owned(),
                    ));
                }
                imported = self.words(package, &unsayable, &withheld)?;
                continue;
            }
            let draft = self.draft(package, imported, grown, None)?;
            round += 1;
            let before = (unsayable.len(), withheld.len());
            unsayable.extend(draft.proof.differing.iter().cloned());
            withheld.extend(draft.touched.targets.iter().map(|it| (it.clone(), Withheld::Others)));
            let is_right = draft.proof.holds() && draft.touched.targets.is_empty();
            if is_right || (unsayable.len(), withheld.len()) == before || round == ROUNDS {
                return settled(draft);
            }
            imported = self.words(package, &unsayable, &withheld)?;
        }
    }
}

/// The draft, unless it gives roles of the project something else than they had.
fn settled(draft: Draft) -> Result<Draft, Failure> {
    match draft.touched.by_cell() {
        None => Ok(draft),
        Some(it) => {
            Err(Failure::usage(format!("the import would change what {} has on {}", it.container, it.key))
                .help("nothing was written; name in its cells what they are about (`of:`), and import again"))
        }
    }
}
