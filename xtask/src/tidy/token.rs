//! Rust text as tokens, good enough for rules about words and paths.
//!
//! Comments vanish, literals become empty, and items under `#[cfg(test)]` can be taken out. No parser: a rule that needs
//! types belongs into a compiler's lint.

/// One word or mark of Rust code, and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// An identifier, a lifetime, a number, `::`, `""` for any text literal, or one other character.
    pub(super) text: String,
    /// Line from 1.
    pub(super) line: usize,
    /// A text literal with its quotes and escapes; empty for all else.
    pub(super) literal: String,
}

impl Token {
    /// Returns whether this is the given word or mark.
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// Returns whether this is an identifier or a keyword.
    pub(super) fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// Splits Rust text into tokens.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut scanner = Scanner { rest: text, line: 1 };
    let mut tokens = Vec::new();
    while let Some(next) = scanner.rest.chars().next() {
        let line = scanner.line;
        let mut push = |text: &str, literal: &str| tokens.push(Token { text: text.to_owned(), line, literal: literal.to_owned() });
        if next.is_whitespace() {
            scanner.take(next.len_utf8());
        } else if scanner.rest.starts_with("//") {
            scanner.take(scanner.rest.find('\n').unwrap_or(scanner.rest.len()));
        } else if scanner.rest.starts_with("/*") {
            scanner.take(comment_length(scanner.rest));
        } else if let Some(length) = literal_length(scanner.rest) {
            let literal = scanner.take(length);
            push("\"\"", literal);
        } else if next.is_alphanumeric() || next == '_' || next == '\'' {
            // A lifetime, once `literal_length` has said that this quote begins no character.
            let raw = if scanner.rest.starts_with("r#") { 2 } else { 0 };
            scanner.take(raw);
            let first = scanner.rest.chars().next().map_or(0, char::len_utf8);
            let word = scanner.take(first + word_length(&scanner.rest[first..]));
            push(word, "");
        } else if scanner.rest.starts_with("::") {
            push(scanner.take(2), "");
        } else {
            push(scanner.take(next.len_utf8()), "");
        }
    }
    tokens
}

/// Code without what is compiled for tests only.
pub(super) struct Untested {
    /// The tokens that are left.
    pub(super) tokens: Vec<Token>,
    /// Modules of tests that live in files of their own.
    pub(super) test_modules: Vec<String>,
}

/// Takes out every item under `#[cfg(test)]` or `#[cfg(all(test, …))]`.
pub(super) fn without_tests(tokens: &[Token]) -> Untested {
    let mut kept = Vec::new();
    let mut test_modules = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some((inner, end)) = attribute(tokens, at) else {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        };
        if !is_test_only(&tokens[at..end]) {
            kept.extend_from_slice(&tokens[at..end]);
            at = end;
        } else if inner {
            return Untested { tokens: Vec::new(), test_modules };
        } else {
            let item_end = item_end(tokens, end);
            if let [.., keyword, name, semicolon] = &tokens[end..item_end]
                && keyword.is("mod")
                && semicolon.is(";")
            {
                test_modules.push(name.text.clone());
            }
            at = item_end;
        }
    }
    Untested { tokens: kept, test_modules }
}

struct Scanner<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Scanner<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// The length of a block comment, which may hold others.
fn comment_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The length of the text or character literal that begins here, if one does.
fn literal_length(text: &str) -> Option<usize> {
    let prefix = text.find(|c: char| !matches!(c, 'b' | 'c' | 'r')).filter(|&length| length <= 2)?;
    let rest = &text[prefix..];
    if text[..prefix].contains('r') {
        let hashes = rest.find(|c| c != '#').unwrap_or(rest.len());
        let inside = rest[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let length = inside.find(&close).map_or(inside.len(), |at| at + close.len());
        return Some(prefix + hashes + 1 + length);
    }
    let quote = rest.chars().next().filter(|&c| c == '"' || c == '\'')?;
    let inside = &rest[1..];
    if quote == '\'' {
        // `'a'` and `'\n'` are characters, `'a` is a lifetime.
        let first = inside.chars().next()?;
        if first != '\\' && !inside[first.len_utf8()..].starts_with('\'') {
            return None;
        }
    }
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return Some(prefix + 1 + at + 1);
        }
    }
    Some(text.len())
}

/// Returns the end of the attribute that begins at `at`, and whether it is an inner one (`#![…]`).
fn attribute(tokens: &[Token], at: usize) -> Option<(bool, usize)> {
    let is = |index: usize, text: &str| tokens.get(index).is_some_and(|token| token.is(text));
    if !is(at, "#") {
        return None;
    }
    let inner = is(at + 1, "!");
    let open = if inner { at + 2 } else { at + 1 };
    is(open, "[").then(|| (inner, group_end(tokens, open)))
}

/// Returns whether an attribute compiles its item for tests only.
fn is_test_only(attribute: &[Token]) -> bool {
    let words: Vec<&str> = attribute.iter().filter(|token| token.is_word()).map(|token| token.text.as_str()).collect();
    match words.as_slice() {
        ["cfg", "test"] => true,
        ["cfg", "all", rest @ ..] => rest.contains(&"test") && !rest.contains(&"not") && !rest.contains(&"any"),
        _ => false,
    }
}

/// Returns the index after the bracket that closes the one at `open`.
fn group_end(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// Returns the end of the item, statement, field or variant that begins at `start`, further attributes included.
fn item_end(tokens: &[Token], start: usize) -> usize {
    let mut at = start;
    while let Some((_, end)) = attribute(tokens, at) {
        at = end;
    }
    let mut keywords = tokens[at..].iter().filter(|token| !token.is("pub") && !token.is("(") && !token.is("crate") && !token.is(")"));
    let first = keywords.next().map_or("", |token| token.text.as_str());
    let second = keywords.next().map_or("", |token| token.text.as_str());
    // These go on to their semicolon; a brace in them is part of a value or of a list of imports.
    let to_semicolon = matches!(first, "use" | "static" | "type" | "let") || (first == "const" && second != "fn");
    let is_item = to_semicolon
        || matches!(
            first,
            "fn" | "mod" | "struct" | "enum" | "impl" | "trait" | "const" | "extern" | "unsafe" | "async" | "macro_rules" | "union"
        );
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            "{" if !to_semicolon => return group_end(tokens, at),
            "(" | "[" | "{" => at = group_end(tokens, at),
            ";" => return at + 1,
            "," if !is_item => return at + 1,
            ")" | "]" | "}" => return at,
            _ => at += 1,
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        tokens(text).into_iter().map(|token| token.text).collect::<Vec<_>>().join(" ")
    }

    fn left(text: &str) -> String {
        without_tests(&tokens(text)).tokens.into_iter().map(|token| token.text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_literals_hold_no_words() {
        for (text, expected) in [
            ("a // use crate::b\nc", "a c"),
            ("a /* x /* y */ z */ c", "a c"),
            (r#"let s = "todo!( \" // ";"#, r#"let s = "" ;"#),
            ("r#\"a \" b\"# c", "\"\" c"),
            ("br##\"\"#\"## c", "\"\" c"),
            ("b'x' '\\'' '\"' c", "\"\" \"\" \"\" c"),
            ("fn f<'a>(x: &'a str)", "fn f < 'a > ( x : & 'a str )"),
            ("r#type crate::b", "type crate :: b"),
            ("bracket rc cb", "bracket rc cb"),
            ("'ü' ü", "\"\" ü"),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn lines_are_counted_through_literals() {
        let found = tokens("\"a\nb\"\n/*\n*/ x");
        assert_eq!(found.last().map(|token| (token.text.as_str(), token.line)), Some(("x", 4)));
    }

    #[test]
    fn test_items_are_taken_out() {
        for (text, expected) in [
            ("a; #[cfg(test)] mod tests { fn f() { x } } b", "a ; b"),
            ("#[cfg(test)] use crate::{a, b}; c", "c"),
            ("#[cfg(test)] #[path = \"x\"] pub(crate) mod t; c", "c"),
            ("#[cfg(all(test, feature = \"simulator\"))] fn f<A, B>(a: A) -> B { a } c", "c"),
            ("#[cfg(test)] const X: T = T { a: 1 }; c", "c"),
            ("#[cfg(test)] const fn f() {} c", "c"),
            ("struct S { #[cfg(test)] a: u8, b: u8 }", "struct S { b : u8 }"),
            ("#[cfg(feature = \"test\")] c", "# [ cfg ( feature = \"\" ) ] c"),
            ("#[cfg(not(test))] c", "# [ cfg ( not ( test ) ) ] c"),
            ("#[cfg(any(test, unix))] c", "# [ cfg ( any ( test , unix ) ) ] c"),
            ("#![cfg(test)] c", ""),
        ] {
            assert_eq!(left(text), expected, "{text}");
        }
        assert_eq!(without_tests(&tokens("#[cfg(test)] mod scenarios;")).test_modules, ["scenarios"]);
        assert_eq!(without_tests(&tokens("#[cfg(test)] mod tests {}")).test_modules, [""; 0]);
    }
}
