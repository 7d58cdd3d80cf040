//! Which modules of its own crate a file names: `use crate::…`, `super::…` and the same inside expressions.

use super::token::Token;

/// One path that begins at the crate's root.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// Line from 1.
    pub(super) line: usize,
    /// The names after `crate`; empty where the root itself is named (`crate::*`, or one `super` too many).
    pub(super) path: Vec<String>,
}

/// Returns every path in the code of `module` that begins with `crate`, `super` or `self`, resolved to the crate's root.
pub(super) fn references(module: &[String], tokens: &[Token]) -> Vec<Reference> {
    let mut found = Vec::new();
    // Modules written inside this file, each with the depth of braces around it: `super` starts from the innermost.
    let mut inline: Vec<(&str, usize)> = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inline.pop_if(|(_, outer)| *outer == depth);
            }
            "mod" if is(tokens, at + 2, "{") => inline.push((&tokens[at + 1].text, depth)),
            "crate" | "super" | "self" if is(tokens, at + 1, "::") && (at == 0 || !tokens[at - 1].is("::")) => {
                let own: Vec<String> = module.iter().cloned().chain(inline.iter().map(|(name, _)| (*name).to_owned())).collect();
                at = tree(tokens, at, &[], &mut |leaf| found.push(Reference { line: leaf.line, path: resolve(&own, &leaf.path) }));
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// One end of a path or of a tree of imports.
pub(super) struct Leaf<'a> {
    pub(super) line: usize,
    /// The path as written.
    pub(super) path: Vec<&'a str>,
    /// What an import calls it: its own name, or the one after `as`; `None` for `*`.
    pub(super) name: Option<&'a str>,
}

/// Reads a path or a tree of imports, reports each of its leaves, and returns the index after it.
pub(super) fn tree<'a>(tokens: &'a [Token], start: usize, prefix: &[&'a str], report: &mut impl FnMut(Leaf<'a>)) -> usize {
    let mut path = prefix.to_vec();
    let mut at = start;
    while let Some(token) = tokens.get(at).filter(|token| token.is_word()) {
        path.push(&token.text);
        if !is(tokens, at + 1, "::") {
            let alias = tokens.get(at + 2).filter(|_| is(tokens, at + 1, "as")).map(|alias| alias.text.as_str());
            let name = alias.or_else(|| path.iter().rfind(|name| **name != "self").copied());
            report(Leaf { line: token.line, path, name });
            return at + 1;
        }
        at += 2;
        if is(tokens, at, "{") {
            at += 1;
            while at < tokens.len() && !is(tokens, at, "}") {
                at = if tokens[at].is_word() || tokens[at].is("*") { tree(tokens, at, &path, report) } else { at + 1 };
                if is(tokens, at, "as") {
                    at += 2;
                }
            }
            return at + 1;
        }
    }
    // `path::*` names what is in `path`; `path::<T>` is `path` with a type argument.
    let line = tokens.get(start).map_or(0, |token| token.line);
    let is_glob = is(tokens, at, "*");
    let name = path.last().copied().filter(|_| !is_glob);
    report(Leaf { line, path, name });
    if is_glob { at + 1 } else { at }
}

/// Turns a path as written in module `own` into one from the crate's root.
pub(super) fn resolve(own: &[String], written: &[&str]) -> Vec<String> {
    let mut path: Vec<String> = if written.first() == Some(&"crate") { Vec::new() } else { own.to_vec() };
    for name in written {
        match *name {
            "crate" | "self" => {}
            "super" => {
                path.pop();
            }
            name => path.push(name.to_owned()),
        }
    }
    path
}

pub(super) fn is(tokens: &[Token], at: usize, text: &str) -> bool {
    tokens.get(at).is_some_and(|token| token.is(text))
}

#[cfg(test)]
mod tests {
    use super::super::token;
    use super::*;

    fn check(module: &str, code: &str, expected: &[&str]) {
        let module: Vec<String> = module.split("::").map(str::to_owned).collect();
        let found = references(&module, &token::tokens(code));
        let found: Vec<String> = found.into_iter().map(|reference| reference.path.join("::")).collect();
        assert_eq!(found, expected, "{code}");
    }

    #[test]
    fn paths_are_resolved() {
        check("plan", "use crate::name::AccountKey;", &["name::AccountKey"]);
        check("plan", "use crate::{name::{self, Email}, kind as k, aws::policy::*};", &["name", "name::Email", "kind", "aws::policy"]);
        check("plan", "fn f() -> crate::id::AccountId { crate::kind::make::<u8>() }", &["id::AccountId", "kind::make"]);
        check("plan", "pub(crate) fn f(x: Self) { Self::g(); self.h(); a::self_::b(); }", &[]);
        check("model::tier", "use super::network::Nat;", &["model::network::Nat"]);
        check("kind::iam::role", "use super::super::s3::bucket;", &["kind::s3::bucket"]);
        check("kind::iam", "use self::role::Role;", &["kind::iam::role::Role"]);
        check("plan", "use super::*;", &[""]);
        check("plan", "$crate::name::known($x)", &["name::known"]);
    }

    #[test]
    fn super_starts_from_the_inline_module() {
        check("plan", "mod inner { use super::step; } use super::event::Event;", &["plan::step", "event::Event"]);
        check("plan", "mod a { mod b { fn f() {} } use super::c; }", &["plan::c"]);
    }

    #[test]
    fn lines_are_those_of_the_names() {
        let found = references(&[], &token::tokens("use crate::{\n    name,\n    id::AccountId,\n};"));
        assert_eq!(found.iter().map(|reference| reference.line).collect::<Vec<_>>(), [2, 3]);
    }
}
