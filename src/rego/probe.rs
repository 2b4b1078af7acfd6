//! What a test that fails stumbles over: parts of it, evaluated as rules of their own beside it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use regorus::unstable::{Expr, Literal, LiteralStmt, Module, Query, Ref, Rule, RuleHead};
use regorus::{Engine, Value};

use super::protocol::{Answer, PolicyFile};
use super::scan;
use super::worker::empty_engine;

/// Most statements that are tried one by one.
const MOST: usize = 50;
/// What the rules made here are called.
const NAME: &str = "samnet_probe";

/// An engine of these files and of rules beside those of a module, with what it sees and imports.
fn beside(files: &[PolicyFile], module: &Module, rules: &str) -> Option<Engine> {
    let first = module.policy.first()?.span();
    let header = first.source.contents().get(..usize::try_from(first.start).ok()?)?;
    let mut engine = empty_engine();
    for file in files {
        engine.add_policy(file.path.clone(), file.text.clone()).ok()?;
    }
    engine.add_policy(NAME.to_owned(), format!("{header}\n{rules}")).ok()?;
    Some(engine)
}

/// The text of the first statements of a query.
fn text(query: &Query, count: usize) -> Option<&str> {
    let (first, last) = (query.stmts.first()?, query.stmts.get(count.checked_sub(1)?)?);
    let range = usize::try_from(first.span.start).ok()?..usize::try_from(last.span.end).ok()?;
    first.span.source.contents().get(range)
}

/// The one query of a rule.
fn query(rule: &Rule) -> Option<&Query> {
    let Rule::Spec { bodies, .. } = rule else { return None };
    match bodies.as_slice() {
        [body] if body.assign.is_none() => Some(&body.query),
        _ => None,
    }
}

fn line(stmt: &LiteralStmt) -> Option<usize> {
    usize::try_from(stmt.span.line).ok()
}

/// The line of the first statement of a test that does not hold, where that can be told.
pub(super) fn fails(files: &[PolicyFile], package: &str, module: &Module, rule: &Rule) -> Option<usize> {
    let query = query(rule)?;
    if let [only] = query.stmts.as_slice() {
        return line(only);
    }
    if query.stmts.len() > MOST {
        return None;
    }
    let mut rules = String::new();
    for count in 1..query.stmts.len() {
        rules += &format!("{NAME}_{count} if {{\n{}\n}}\n", text(query, count)?);
    }
    let mut engine = beside(files, module, &rules)?;
    let begun = Instant::now();
    for (at, stmt) in query.stmts.iter().enumerate() {
        if begun.elapsed() > PATIENCE {
            return None;
        }
        let count = at + 1;
        if count == query.stmts.len() {
            return line(stmt);
        }
        if engine.eval_rule(format!("{package}.{NAME}_{count}")).ok()? == Value::Undefined {
            return line(stmt);
        }
    }
    None
}

/// To say which line of a test failed is worth as much.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether a test is one of several cases: `test_x[note] if …`.
pub(super) fn index(rule: &Rule) -> Option<&Ref<Expr>> {
    let Rule::Spec { head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, key: None, .. }, .. } = rule else {
        return None;
    };
    match refr.as_ref() {
        Expr::RefBrack { index, refr, .. } if matches!(refr.as_ref(), Expr::Var { .. }) => Some(index),
        _ => None,
    }
}

/// What a test of several cases came to: those that should be there, and of them those that are true.
pub(super) fn cases(
    files: &[PolicyFile],
    package: &str,
    heads: &[(&Module, &Rule)],
    value: Option<&serde_json::Value>,
) -> Answer {
    const UNKNOWN: &str = "its cases cannot be told apart: begin it with `some note, case in { … }`, where `note` is what stands \
                           in its brackets, or make each case a test of its own";
    let mut wanted = BTreeSet::new();
    for (module, rule) in heads {
        let Some(found) = index(rule).and_then(|index| of_head(files, package, module, rule, index)) else {
            return Answer::Failed(UNKNOWN.to_owned());
        };
        wanted.extend(found);
    }
    let holds = |name: &String| match value {
        Some(serde_json::Value::Object(all)) => all.get(name).is_some_and(|it| *it != serde_json::Value::Bool(false)),
        Some(serde_json::Value::Array(all)) => all.iter().any(|it| plain(it) == *name),
        _ => false,
    };
    // What is there and false was meant as well.
    if let Some(serde_json::Value::Object(all)) = value {
        wanted.extend(all.keys().cloned());
    }
    let total = wanted.len();
    Answer::Cases { failed: wanted.into_iter().filter(|name| !holds(name)).collect(), total }
}

fn of_head(
    files: &[PolicyFile],
    package: &str,
    module: &Module,
    rule: &Rule,
    index: &Expr,
) -> Option<BTreeSet<String>> {
    let Expr::Var { span, .. } = index else { return None };
    let name = span.text();
    let query = query(rule)?;
    let binds = |stmt: &LiteralStmt| match &stmt.literal {
        Literal::SomeIn { key, value, .. } => key.iter().chain([value]).any(|expr| {
            let mut names = BTreeSet::new();
            scan::names(expr, &mut names);
            names.contains(name)
        }),
        _ => false,
    };
    let place = query.stmts.iter().position(binds)?;
    // What stands before it might leave cases out.
    let is_plain = |stmt: &LiteralStmt| match &stmt.literal {
        Literal::Expr { expr, .. } => matches!(expr.as_ref(), Expr::AssignExpr { .. }),
        literal => matches!(literal, Literal::SomeVars { .. }),
    };
    if !query.stmts.iter().take(place).all(is_plain) {
        return None;
    }
    let rules = format!("{NAME} contains {name} if {{\n{}\n}}\n", text(query, place + 1)?);
    let found = beside(files, module, &rules)?.eval_rule(format!("{package}.{NAME}")).ok()?;
    let Value::Set(found) = found else { return None };
    found.iter().map(|name| serde_json::to_value(name).ok().map(|name| plain(&name))).collect()
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
