//! Images, named by digest: a tag can move, and then what was tested is not what runs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const ALGORITHM: &str = "sha256:";
const DIGITS: usize = 64;

/// An image: a repository and the digest of what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Image {
    repository: String,
    digest: String,
}

/// Why a text names no image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// It is named by a tag, or by nothing.
    #[error("is named by a tag, which can move: name it by its digest, REPOSITORY@sha256:…")]
    Tag,
    /// Its digest is not one.
    #[error("has a digest that is not sha256: and 64 digits from 0 to 9 and a to f")]
    Digest,
    /// Its repository is not one.
    #[error("names no repository such as 222200000009.dkr.ecr.eu-west-1.amazonaws.com/shop/web")]
    Repository,
}

impl Image {
    /// Returns the repository with its registry.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Returns the digest, with `sha256:`.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.repository, self.digest)
    }
}

impl FromStr for Image {
    type Err = ImageError;

    fn from_str(text: &str) -> Result<Self, ImageError> {
        let (repository, digest) = text.split_once('@').ok_or(ImageError::Tag)?;
        let digits = digest.strip_prefix(ALGORITHM).ok_or(ImageError::Digest)?;
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if digits.len() != DIGITS || !digits.bytes().all(is_digit) {
            return Err(ImageError::Digest);
        }
        // A tag beside a digest is not looked at by who pulls it, so that it would only mislead.
        if repository.rsplit('/').next().is_some_and(|name| name.contains(':')) {
            return Err(ImageError::Tag);
        }
        let is_good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-/:".contains(&b);
        let is_whole = !repository.is_empty() && repository.split('/').all(|part| !part.is_empty());
        if !is_whole || !repository.bytes().all(is_good) {
            return Err(ImageError::Repository);
        }
        Ok(Self { repository: repository.to_owned(), digest: digest.to_owned() })
    }
}

impl TryFrom<String> for Image {
    type Error = ImageError;

    fn try_from(text: String) -> Result<Self, ImageError> {
        text.parse()
    }
}

impl From<Image> for String {
    fn from(image: Image) -> Self {
        image.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_named_by_its_digest() {
        let digest = format!("sha256:{}", "9f".repeat(32));
        let good = format!("222200000009.dkr.ecr.eu-west-1.amazonaws.com/shop/web@{digest}");
        let image: Image = good.parse().expect("an image");
        assert_eq!((image.to_string(), image.digest()), (good, digest.as_str()));
        assert!(format!("localhost:5000/web@{digest}").parse::<Image>().is_ok(), "a registry's port is no tag");
        for (text, expected) in [
            ("shop/web:1.4.2".to_owned(), ImageError::Tag),
            ("shop/web".to_owned(), ImageError::Tag),
            (format!("shop/web:1.4.2@{digest}"), ImageError::Tag),
            ("shop/web@1.4.2".to_owned(), ImageError::Digest),
            ("shop/web@sha256:9f".to_owned(), ImageError::Digest),
            (format!("shop/web@sha256:{}", "9F".repeat(32)), ImageError::Digest),
            (format!("@{digest}"), ImageError::Repository),
            (format!("shop//web@{digest}"), ImageError::Repository),
            (format!("Shop/web@{digest}"), ImageError::Repository),
        ] {
            assert_eq!(text.parse::<Image>(), Err(expected), "{text}");
        }
    }
}
