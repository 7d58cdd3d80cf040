//! The texts of an alternate contact, by the rules of `PutAlternateContact` (docs/AWS.md 1.8). Their errors do not quote them: contacts are
//! personal.

/// Longest texts.
const NAME_MAX: usize = 64;
const TITLE_MAX: usize = 50;
const EMAIL_MAX: usize = 254;
const PHONE_MAX: usize = 25;
/// Most digits of a phone number (ITU-T E.164), and the fewest of one that can be called from abroad.
const DIGITS: std::ops::RangeInclusive<usize> = 4..=15;

pub(in crate::manifest) fn name(text: &str) -> Result<String, String> {
    within(text, "a contact's name", NAME_MAX)
}

pub(in crate::manifest) fn title(text: &str) -> Result<String, String> {
    within(text, "a contact's title", TITLE_MAX)
}

pub(in crate::manifest) fn email(text: &str) -> Result<String, String> {
    let email = within(text, "a contact's e-mail address", EMAIL_MAX)?;
    let is_local = |part: &str| !part.is_empty() && part.chars().all(|c| is_word(c) || "+=.#|!&-".contains(c));
    let is_host = |part: &str| {
        part.rsplit_once('.').is_some_and(|(host, top)| {
            let labels = || host.split('.');
            !top.is_empty()
                && top.chars().all(is_word)
                && labels().all(|label| !label.is_empty() && label.chars().all(|c| is_word(c) || c == '-'))
        })
    };
    match email.split_once('@') {
        Some((local, host)) if is_local(local) && is_host(host) => Ok(email),
        _ => Err("this is no e-mail address that AWS accepts for a contact".to_owned()),
    }
}

pub(in crate::manifest) fn phone(text: &str) -> Result<String, String> {
    let phone = within(text, "a contact's phone number", PHONE_MAX)?;
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    if !DIGITS.contains(&digits) || !phone.chars().all(|c| c.is_ascii_digit() || " ()+-".contains(c)) {
        return Err("this is no phone number: 4 to 15 digits, with spaces and +-() between them".to_owned());
    }
    Ok(phone)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Returns a text that has a character and at most so many, without control characters and without space around it.
fn within(text: &str, what: &str, most: usize) -> Result<String, String> {
    let length = text.chars().count();
    if text.trim().is_empty() || text.trim() != text || text.chars().any(char::is_control) {
        return Err(format!("{what} is empty, has space around it, or a control character in it"));
    }
    if length > most {
        return Err(format!("{what} has {length} characters, and AWS takes {most}"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_those_that_aws_accepts() {
        type Parse = fn(&str) -> Result<String, String>;
        let long = "x".repeat(65);
        let cases: &[(Parse, &[&str], &[&str])] = &[
            (name, &["Ada", "Zoë & Co <x>"], &["", " ", " Ada", "Ada\n", &long]),
            (title, &["CISO"], &[&long[..51]]),
            (
                email,
                &["a@acme.example", "sec+aws@x-1.acme.example"],
                &[
                    "acme",
                    "@acme.example",
                    "a@",
                    "a@acme",
                    "a@acme.",
                    "a@.example",
                    "a@b@acme.example",
                    "a b@acme.example",
                    "a@acme..example",
                ],
            ),
            (phone, &["+1 (555) 010-0199", "5550100"], &["", "+", "abc", "+1 555 0100 ext 2", "123", &"1".repeat(16), &"1 ".repeat(13)]),
        ];
        for (parse, good, bad) in cases {
            good.iter().for_each(|text| assert_eq!(parse(text).as_deref(), Ok(*text)));
            for text in *bad {
                let error = parse(text).expect_err(text);
                assert!(text.len() < 3 || !error.contains(text), "{error} quotes {text}");
            }
        }
    }
}
