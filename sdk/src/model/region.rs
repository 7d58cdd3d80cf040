//! The Regions that landfall knows, and which of them require an opt-in.
//!
//! A new Region is one line here. The manifest decides which Regions an organization uses.

use crate::id::Partition;
use crate::name::Region;

/// A Region that AWS has opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownRegion {
    /// Its code, for example `eu-west-1`.
    pub code: &'static str,
    /// Its location, as AWS names it.
    pub place: &'static str,
    /// The partition it belongs to.
    pub partition: Partition,
    /// Whether an account must enable it before use.
    pub opt_in: bool,
}

/// Every Region, by partition, then the default ones before those to opt in to
/// (AWS Account Management guide, "Enable or disable AWS Regions").
pub const REGIONS: &[KnownRegion] = &[
    region("us-east-1", "N. Virginia"),
    region("us-east-2", "Ohio"),
    region("us-west-1", "N. California"),
    region("us-west-2", "Oregon"),
    region("ap-northeast-1", "Tokyo"),
    region("ap-northeast-2", "Seoul"),
    region("ap-northeast-3", "Osaka"),
    region("ap-south-1", "Mumbai"),
    region("ap-southeast-1", "Singapore"),
    region("ap-southeast-2", "Sydney"),
    region("ca-central-1", "Canada Central"),
    region("eu-central-1", "Frankfurt"),
    region("eu-north-1", "Stockholm"),
    region("eu-west-1", "Ireland"),
    region("eu-west-2", "London"),
    region("eu-west-3", "Paris"),
    region("sa-east-1", "São Paulo"),
    opt_in("af-south-1", "Cape Town"),
    opt_in("ap-east-1", "Hong Kong"),
    opt_in("ap-east-2", "Taipei"),
    opt_in("ap-south-2", "Hyderabad"),
    opt_in("ap-southeast-3", "Jakarta"),
    opt_in("ap-southeast-4", "Melbourne"),
    opt_in("ap-southeast-5", "Malaysia"),
    opt_in("ap-southeast-6", "New Zealand"),
    opt_in("ap-southeast-7", "Thailand"),
    opt_in("ca-west-1", "Calgary"),
    opt_in("eu-central-2", "Zurich"),
    opt_in("eu-south-1", "Milan"),
    opt_in("eu-south-2", "Spain"),
    opt_in("il-central-1", "Tel Aviv"),
    opt_in("me-central-1", "UAE"),
    opt_in("me-south-1", "Bahrain"),
    opt_in("mx-central-1", "Mexico Central"),
    of("cn-north-1", "Beijing", Partition::China),
    of("cn-northwest-1", "Ningxia", Partition::China),
    of("us-gov-east-1", "GovCloud East", Partition::UsGovernment),
    of("us-gov-west-1", "GovCloud West", Partition::UsGovernment),
    of("eusc-de-east-1", "Brandenburg", Partition::EuropeanSovereign),
];

/// Returns a Region, or `None` if AWS has none of that code (or opened it after this release).
#[must_use]
pub fn find(region: &Region) -> Option<&'static KnownRegion> {
    find_code(region.as_str())
}

/// Returns the Region of that code; the text need not be a valid Region code.
#[must_use]
pub fn find_code(code: &str) -> Option<&'static KnownRegion> {
    REGIONS.iter().find(|known| known.code == code)
}

const fn region(code: &'static str, place: &'static str) -> KnownRegion {
    of(code, place, Partition::Aws)
}

const fn opt_in(code: &'static str, place: &'static str) -> KnownRegion {
    KnownRegion { code, place, partition: Partition::Aws, opt_in: true }
}

const fn of(code: &'static str, place: &'static str, partition: Partition) -> KnownRegion {
    KnownRegion { code, place, partition, opt_in: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_parses_and_appears_once() {
        for (index, known) in REGIONS.iter().enumerate() {
            let region: Region = known.code.parse().expect("codes of the table are valid");
            assert_eq!(find(&region), Some(known));
            assert!(REGIONS[..index].iter().all(|earlier| earlier.code != known.code), "{} appears twice", known.code);
        }
    }

    #[test]
    fn opt_in_regions_are_marked() {
        assert_eq!(find_code("eu-west-1").map(|known| known.opt_in), Some(false));
        assert_eq!(find_code("eu-south-1").map(|known| known.opt_in), Some(true));
        assert_eq!(find_code("us-gov-west-1").map(|known| known.partition), Some(Partition::UsGovernment));
        assert_eq!(find_code("eu-west-9"), None);
    }
}
