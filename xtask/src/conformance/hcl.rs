//! python-hcl2, which reads the files that landfall writes for Terraform: another's reading of the language, since Terraform itself is not
//! in a package registry.

use crate::python::Packages;

/// Pinned, as moto is. MIT.
pub(super) const PACKAGES: Packages = Packages { what: "python-hcl2 8.1.4", locked: include_str!("hcl.lock") };
