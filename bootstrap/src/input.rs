//! Files that are read whole, up to a size: a device or another file without an end is refused, and never read to an end that does not come.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads a file of at most so many bytes.
///
/// # Errors
///
/// When it cannot be read, or is larger.
pub(crate) fn read(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {most} bytes")));
    }
    Ok(bytes)
}

/// Reads a text of at most so many bytes.
///
/// # Errors
///
/// When it cannot be read, is larger, or is not UTF-8.
pub(crate) fn read_text(path: &Path, most: usize) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_refused() {
        let endless = read(Path::new("/dev/zero"), 1024).expect_err("it has no end");
        assert_eq!(endless.to_string(), "it has more than 1024 bytes");
        assert!(read(Path::new("/dev/null"), 0).expect("empty").is_empty());
        assert!(read(Path::new("/nonexistent/x"), 1).is_err());
    }
}
