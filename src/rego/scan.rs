//! What the evaluator would take for something else than Rego says, found before it is evaluated.
//!
//! A rule that finds nothing because it was misunderstood looks like a network without mistakes.

use std::collections::BTreeSet;

use regorus::unstable::{BUILTINS, Expr, Literal, Module, Query, Ref, Rule, RuleBody, RuleHead, Span};

use super::verdict::severity;

/// Deepest that lists, sets and objects may stand in each other: reading them takes twice as long for each level.
const DEEPEST: usize = 14;

/// Something that cannot be relied on.
#[derive(Debug)]
pub(super) struct Odd {
    /// Path of the file.
    pub(super) path: String,
    /// The line of the rule it stands in, from 1.
    pub(super) rule: u32,
    /// As an error of the evaluator.
    pub(super) error: String,
    /// Whether the rule says nothing at all, and so nothing wrong either.
    pub(super) ignored: bool,
}

/// An error as the evaluator words them.
fn error(path: &str, line: u32, column: u32, words: &str) -> String {
    format!("--> {path}:{line}:{column}\nerror: {words}")
}

/// Where literals stand too deep in each other to be read in time.
pub(super) fn too_deep(path: &str, text: &str) -> Option<String> {
    let (mut depth, mut line) = (0_usize, 1_u32);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\n' => line += 1,
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            '#' => line += u32::from(rest.by_ref().any(|c| c == '\n')),
            '"' | '`' => {
                let mut escaped = false;
                for inner in rest.by_ref() {
                    line += u32::from(inner == '\n');
                    if !escaped && inner == c || inner == '\n' && c == '"' {
                        break;
                    }
                    escaped = !escaped && inner == '\\' && c == '"';
                }
            }
            _ => {}
        }
        if depth > DEEPEST {
            let words = format!("brackets stand in each other more than {DEEPEST} deep");
            return Some(error(path, line, 1, &words));
        }
    }
    None
}

/// The parts of a reference that are plain words; `None` where the first is none.
pub(super) fn words(refr: &Expr) -> Option<Vec<String>> {
    match refr {
        Expr::Var { span, .. } => Some(vec![span.text().to_owned()]),
        Expr::RefDot { refr, field, .. } => {
            let mut all = words(refr)?;
            all.push(field.0.text().to_owned());
            Some(all)
        }
        Expr::RefBrack { refr, index, .. } => {
            let mut all = words(refr)?;
            match index.as_ref() {
                Expr::String { value, .. } | Expr::RawString { value, .. } => {
                    all.push(value.as_string().ok()?.to_string());
                }
                _ => all.push("[]".to_owned()),
            }
            Some(all)
        }
        _ => None,
    }
}

/// What a rule defines: its reference.
pub(super) fn reference(rule: &Rule) -> &Ref<Expr> {
    match rule {
        Rule::Spec {
            head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. },
            ..
        }
        | Rule::Default { refr, .. } => refr,
    }
}

/// Everything in these files that cannot be relied on, by file.
pub(super) fn odd(modules: &[Ref<Module>]) -> Vec<Odd> {
    let package = |module: &Module| words(&module.package.refr).unwrap_or_default().join(".");
    let mut defined = BTreeSet::new();
    let mut functions = BTreeSet::new();
    let mut called = BTreeSet::new();
    for module in modules {
        let package = package(module);
        for rule in &module.policy {
            let Some(words) = words(reference(rule)) else { continue };
            if let Some(first) = words.first() {
                defined.insert((package.clone(), first.clone()));
            }
            if matches!(&**rule, Rule::Spec { head: RuleHead::Func { .. }, .. }) {
                functions.insert(format!("data.{package}.{}", words.join(".")));
            }
            let text = rule.span().text();
            // The first bracket of a function stands behind its own name.
            let own = usize::from(matches!(&**rule, Rule::Spec { head: RuleHead::Func { .. }, .. }));
            called.extend(text.match_indices('(').skip(own).map(|(at, _)| {
                let before = text.get(..at).unwrap_or_default();
                let start = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
                before.get(start..).unwrap_or_default().to_owned()
            }));
        }
    }
    let mut found = Vec::new();
    for module in modules {
        let package = package(module);
        let imports: Vec<(String, String)> = module.imports.iter().filter_map(imported).collect();
        let own = defined.iter().filter(|(of, _)| *of == package).map(|(_, name)| name.clone());
        let globals: BTreeSet<String> = own.chain(imports.iter().map(|(alias, _)| alias.clone())).collect();
        for rule in &module.policy {
            let mut scan = Scan {
                globals: &globals,
                functions: &functions,
                imports: &imports,
                package: &package,
                path: rule.span().source.get_path(),
                rule: rule.span().line,
                found: &mut found,
            };
            scan.head(rule, &called);
            scan.rule(rule);
        }
    }
    found
}

/// What an import is called in its file, and what it stands for.
fn imported(import: &regorus::unstable::Import) -> Option<(String, String)> {
    let words = words(&import.refr)?;
    let alias = import.r#as.as_ref().map(|span| span.text().to_owned()).or_else(|| words.last().cloned())?;
    let is_language = matches!(words.first().map(String::as_str), Some("rego" | "future"));
    (!is_language).then(|| (alias, words.join(".")))
}

struct Scan<'s> {
    /// Names of rules and imports.
    globals: &'s BTreeSet<String>,
    /// Functions by their whole path.
    functions: &'s BTreeSet<String>,
    /// Imports: name and path.
    imports: &'s [(String, String)],
    package: &'s str,
    path: &'s str,
    /// The line of the rule.
    rule: u32,
    found: &'s mut Vec<Odd>,
}

impl Scan<'_> {
    fn say(&mut self, span: &Span, words: &str, ignored: bool) {
        let error = error(self.path, span.line, span.col, words);
        self.found.push(Odd { path: self.path.to_owned(), rule: self.rule, error, ignored });
    }

    /// Rules that were meant to be asked, and are not.
    fn head(&mut self, rule: &Rule, called: &BTreeSet<String>) {
        let Rule::Spec { head, .. } = rule else { return };
        let Some(words) = words(reference(rule)) else { return };
        let (Some(first), Some(last)) = (words.first(), words.iter().rfind(|word| *word != "[]")) else { return };
        let span = rule.span();
        let name = words.join(".").replace(".[]", "[…]");
        let is_test = |word: &str| word.starts_with("test_") || word.starts_with("todo_test_");
        let is_cases = words.len() == 2 && is_test(first) && last == first;
        if words.iter().any(|word| is_test(word)) && words.len() > 1 && !is_cases {
            self.say(span, &format!("nobody runs `{name}`; a test is named by one word, as in `test_guests`"), true);
        } else if words.len() > 1 && (severity(last).is_some() || severity(first).is_some()) {
            // `deny[msg]` is another way to say `deny contains msg` no more.
            if words.len() > 2 || words.get(1).is_some_and(|word| word != "[]") {
                let words =
                    format!("nobody asks for `{name}`; a rule that is asked is named by one word, as in `deny_guests`");
                self.say(span, &words, true);
            }
        } else if matches!(head, RuleHead::Func { .. }) && severity(last).is_some() && !called.contains(last) {
            let words = format!("nobody asks for `{name}`: it is a function; write `{name} contains … if {{ … }}`");
            self.say(span, &words, true);
        } else if matches!(head, RuleHead::Func { .. }) && is_test(last) && !called.contains(last) {
            self.say(span, &format!("nobody runs `{name}`: it is a function"), true);
        }
    }

    fn rule(&mut self, rule: &Rule) {
        let Rule::Spec { head, bodies, .. } = rule else { return };
        let mut outer = BTreeSet::new();
        let mut beside: Vec<&Ref<Expr>> = Vec::new();
        match head {
            RuleHead::Compr { refr, assign, .. } => {
                beside.push(refr);
                beside.extend(assign.iter().map(|assign| &assign.value));
            }
            RuleHead::Set { key, .. } => beside.extend(key),
            RuleHead::Func { args, assign, .. } => {
                for arg in args {
                    names(arg, &mut outer);
                }
                beside.extend(assign.iter().map(|assign| &assign.value));
            }
        }
        for RuleBody { query, assign, .. } in bodies {
            let inside = self.query(query, &outer);
            let values = beside.iter().copied().chain(assign.iter().map(|assign| &assign.value));
            values.for_each(|value| self.nested(value, &inside));
        }
        if bodies.is_empty() {
            for value in beside {
                self.nested(value, &outer);
            }
        }
    }

    /// Looks at a query; says every name in it and around it.
    fn query(&mut self, query: &Query, outer: &BTreeSet<String>) -> BTreeSet<String> {
        let mut all = outer.clone();
        for stmt in &query.stmts {
            stated(&stmt.literal, &mut all);
        }
        // What is bound by now.
        let mut bound = outer.clone();
        for stmt in &query.stmts {
            match &stmt.literal {
                Literal::SomeVars { vars, .. } => {
                    for var in vars {
                        let name = var.text();
                        if self.globals.contains(name) || outer.contains(name) {
                            let words = format!(
                                "`some {name}` does not hide the `{name}` that stands outside of it here; give the variable another name"
                            );
                            self.say(var, &words, false);
                        }
                    }
                }
                Literal::NotExpr { expr, .. } => self.negated(expr, query, &bound),
                literal => stated(literal, &mut bound),
            }
            for with in &stmt.with_mods {
                self.replaced(&with.refr);
                self.nested(&with.r#as, &all);
            }
            match &stmt.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn { key, value, collection, .. } => {
                    key.iter().chain([value, collection]).for_each(|expr| self.nested(expr, &all));
                }
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.nested(expr, &all),
                Literal::Every { key, value, domain, query, .. } => {
                    self.nested(domain, &all);
                    let mut inner = all.clone();
                    inner.extend(key.iter().chain([value]).map(|span| span.text().to_owned()));
                    self.query(query, &inner);
                }
            }
        }
        all
    }

    /// Variables below a `not` must have a value before it, or it asks whether something is not so, instead of nothing.
    fn negated(&mut self, expr: &Ref<Expr>, query: &Query, bound: &BTreeSet<String>) {
        let mut vars = BTreeSet::new();
        names(expr, &mut vars);
        for name in vars {
            if name == "input" || name == "data" || bound.contains(&name) || self.globals.contains(&name) {
                continue;
            }
            let mut later = BTreeSet::new();
            for stmt in &query.stmts {
                if !matches!(stmt.literal, Literal::NotExpr { .. } | Literal::SomeVars { .. }) {
                    stated(&stmt.literal, &mut later);
                }
            }
            let words = if name == "_" {
                "`_` has no value below `not`; say `every … in …`, or give what is not to be a rule of its own"
                    .to_owned()
            } else if later.contains(&name) {
                format!("`{name}` has no value yet here; write this `not` below the line that gives it one")
            } else {
                format!("`{name}` is unsafe: nothing gives it a value but `not`")
            };
            self.say(expr.span(), &words, false);
        }
    }

    /// `with f as g`, where it would do nothing.
    fn replaced(&mut self, target: &Ref<Expr>) {
        let Some(words) = words(target) else { return };
        let Some(first) = words.first() else { return };
        if first == "input" {
            return;
        }
        let name = words.join(".");
        let alias = self.imports.iter().find(|(alias, _)| alias == first);
        let path = match alias {
            Some((_, path)) => words.iter().skip(1).fold(path.clone(), |path, word| format!("{path}.{word}")),
            None if first == "data" => name.clone(),
            None => format!("data.{}.{name}", self.package),
        };
        let is_whole = first == "data" || alias.is_some();
        if self.functions.contains(&path) {
            if is_whole {
                let words = format!(
                    "a function named by its whole path cannot be replaced: `with {name} as …` would do nothing; test it from its own package"
                );
                self.say(target.span(), &words, false);
            }
        } else if !is_whole && !self.globals.contains(first) && !BUILTINS.contains_key(name.as_str()) {
            let words = if super::builtins::knows(&name) {
                format!("`{name}` cannot be replaced here")
            } else {
                format!(
                    "there is no `{name}` here that something could stand in for: rules have no clock, network or environment"
                )
            };
            self.say(target.span(), &words, false);
        }
    }

    /// Looks at the queries within an expression.
    fn nested(&mut self, expr: &Expr, outer: &BTreeSet<String>) {
        match expr {
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                let inner = self.query(query, outer);
                self.nested(term, &inner);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                let inner = self.query(query, outer);
                self.nested(key, &inner);
                self.nested(value, &inner);
            }
            _ => parts(expr, &mut |part| self.nested(part, outer)),
        }
    }
}

/// The names that a statement uses, outside of queries of its own.
fn stated(literal: &Literal, into: &mut BTreeSet<String>) {
    match literal {
        Literal::SomeIn { key, value, collection, .. } => {
            key.iter().chain([value, collection]).for_each(|expr| names(expr, into));
        }
        Literal::Expr { expr, .. } => names(expr, into),
        Literal::Every { domain, .. } => names(domain, into),
        Literal::SomeVars { .. } | Literal::NotExpr { .. } => {}
    }
}

/// The names that an expression uses, but those of functions and within queries of its own.
pub(super) fn names(expr: &Expr, into: &mut BTreeSet<String>) {
    match expr {
        Expr::Var { span, .. } => {
            into.insert(span.text().to_owned());
        }
        Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } => {}
        _ => parts(expr, &mut |part| names(part, into)),
    }
}

/// The expressions that one is made of, but the name of a function and queries.
fn parts(expr: &Expr, each: &mut dyn FnMut(&Expr)) {
    match expr {
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().for_each(|item| each(item)),
        Expr::Object { fields, .. } => fields.iter().for_each(|(_, key, value)| {
            each(key);
            each(value);
        }),
        Expr::Call { params, .. } => params.iter().for_each(|param| each(param)),
        Expr::UnaryExpr { expr, .. } => each(expr),
        Expr::RefDot { refr, .. } => each(refr),
        Expr::RefBrack { refr, index, .. } => {
            each(refr);
            each(index);
        }
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => {
            each(lhs);
            each(rhs);
        }
        Expr::Membership { key, value, collection, .. } => {
            if let Some(key) = key {
                each(key);
            }
            each(value);
            each(collection);
        }
        _ => {}
    }
}
