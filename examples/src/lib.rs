//! The examples: manifests and programs, each in a folder of its own beside this crate's `src`. See `README.md` for what each
//! shows.
//!
//! The crate reads the manifests for tests and tools, and builds one on a simulated AWS for the programs.

pub mod built;

use std::path::{Path, PathBuf};

use landfall::manifest::{Parsed, Source, parse};

/// Returns the manifest of every example, in the order of their names.
///
/// # Errors
///
/// When the examples' folder cannot be read.
pub fn manifests() -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(env!("CARGO_MANIFEST_DIR"))? {
        let manifest = entry?.path().join("landfall.toml");
        if manifest.exists() {
            found.push(manifest);
        }
    }
    found.sort();
    Ok(found)
}

/// Reads and checks one, with the files that it names.
///
/// # Errors
///
/// When the file cannot be read; mistakes in it are in the answer.
pub fn read(manifest: &Path) -> std::io::Result<Parsed> {
    let source = Source { name: manifest.display().to_string(), text: std::fs::read_to_string(manifest)? };
    let folder = manifest.parent().unwrap_or(Path::new("."));
    Ok(parse(&source, &|path| std::fs::read_to_string(folder.join(path)).map_err(|error| error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_a_valid_manifest() {
        let manifests = manifests().expect("readable");
        assert!(!manifests.is_empty());
        for manifest in manifests {
            let parsed = read(&manifest).expect("readable");
            assert_eq!(parsed.diagnostics, [], "{}", manifest.display());
        }
    }
}
