//! Examples of landfall: manifests in folders of their own, programs under `examples/`. See README.md beside this crate.
