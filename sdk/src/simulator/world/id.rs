//! Ids in the forms of AWS, from one counter.

use super::World;

/// Multiplied by the counter it gives every number below a power of 32 or 36 once, because it has no common factor with them.
const STRIDE: u128 = 0x9E37_79B9_7F4A_7C15;
const UPPER: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";
const LOWER: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

impl World {
    /// Returns a unique id of IAM: `AROA`, `ANPA`, `AIDA` or a key's `ASIA`, `AKIA` and 16 characters.
    pub(crate) fn unique_id(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.scrambled(UPPER, 16))
    }

    /// Returns an id of Organizations: a prefix and lower-case letters and digits, at most 16 of them.
    pub(crate) fn lower_id(&mut self, prefix: &str, length: u32) -> String {
        format!("{prefix}{}", self.scrambled(LOWER, length))
    }

    /// Returns an id of EC2: a prefix and 17 hexadecimal digits, the first of which is 0.
    pub(crate) fn hex_id(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.scrambled(HEXADECIMAL, 17))
    }

    /// Returns an id in the form of a UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let (head, tail) = (self.scrambled(HEXADECIMAL, 15), self.scrambled(HEXADECIMAL, 15));
        let (low, rest) = head.split_at(8);
        let (middle, high) = rest.split_at(4);
        let (clock, node) = tail.split_at(3);
        format!("{low}-{middle}-4{high}-8{clock}-{node}")
    }

    /// Returns the id of the next member account: `222200000001` and so on.
    pub(crate) fn member_id(&mut self) -> crate::id::AccountId {
        self.members_made = self.members_made.wrapping_add(1);
        crate::name::literal(&format!("2222{:08}", self.members_made % 100_000_000))
    }

    fn scrambled(&mut self, alphabet: &[u8], length: u32) -> String {
        self.ids = self.ids.wrapping_add(1);
        let base = alphabet.len() as u128;
        // 36 to the 16th fits easily.
        let all = base.pow(length.min(16));
        let mut number = (u128::from(self.ids) * STRIDE).wrapping_add(u128::from(self.options.seed) * 7_919) % all;
        let mut text = vec![0_u8; length as usize];
        for place in text.iter_mut().rev() {
            let digit = usize::try_from(number % base).unwrap_or_default();
            *place = alphabet.get(digit).copied().unwrap_or(b'A');
            number /= base;
        }
        text.into_iter().map(char::from).collect()
    }
}

/// Returns the id of the n-th request since the world was loaded.
pub(crate) fn request_id(number: u64) -> String {
    format!("00000000-0000-4000-8000-{:012x}", number & 0xFFFF_FFFF_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::{Options, clock::Timestamp};

    #[test]
    fn ids_are_unique_and_well_formed() {
        let mut world = World::new(Options::default(), Timestamp(0));
        let ids: std::collections::BTreeSet<String> = (0..10_000).map(|_| world.lower_id("ou-", 8)).collect();
        assert_eq!(ids.len(), 10_000);
        let role = world.unique_id("AROA");
        assert!(role.len() == 20 && role.bytes().all(|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b)), "{role}");
        assert_eq!(world.member_id().as_str(), "222200000001");
        assert_eq!(request_id(10), "00000000-0000-4000-8000-00000000000a");
    }
}
