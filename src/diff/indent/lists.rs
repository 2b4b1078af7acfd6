//! Lines whose value is a list of numbers: what is added to it and taken from it, in pieces the device takes.

use super::compare::Differ;
use super::explain::Why;
use super::names::names;
use super::normal::{Item, ListValue};
use super::step::Tie;
use crate::diff::Effect;
use crate::platform::rules::List;
use crate::value::Text;

impl Differ<'_> {
    /// A list too long for one command is said in pieces, the first whole, the rest added.
    pub(super) fn whole_list(&self, wish: &Item) -> Vec<Text> {
        let Some(list) = &wish.list else { return vec![wish.text.clone()] };
        let Some(rule) = self.rules.lists.get(list.rule) else { return vec![wish.text.clone()] };
        let numbers: Vec<u16> = list.numbers.iter().copied().collect();
        if rule.all.is_some() && list.is_everything() {
            return vec![wish.text.clone()];
        }
        let pieces = chunks(rule, &numbers);
        let add = if rule.merges { Some(String::new()) } else { rule.add.as_ref().map(|add| format!("{add} ")) };
        match (pieces.split_first(), add) {
            (Some((first, more)), Some(add)) if !more.is_empty() => std::iter::once(format!("{} {first}", list.head))
                .chain(more.iter().map(|piece| format!("{} {add}{piece}", list.head)))
                .map(Text::from)
                .collect(),
            _ => vec![wish.text.clone()],
        }
    }

    pub(super) fn list(&mut self, have: &Item, wish: &Item, rule: &List) {
        let (Some(old), Some(new)) = (&have.list, &wish.list) else { return };
        let added: Vec<u16> = new.numbers.difference(&old.numbers).copied().collect();
        let removed: Vec<u16> = old.numbers.difference(&new.numbers).copied().collect();
        let no = &self.rules.negation;
        let (add, remove) = match (&rule.add, &rule.remove) {
            _ if rule.merges => (new.head.to_string(), format!("{no} {}", new.head)),
            (Some(add), Some(remove)) => (format!("{} {add}", new.head), format!("{} {remove}", new.head)),
            _ => {
                self.create(wish, Effect::Change, &Why::Replaces(have.text.clone()), &[have]);
                return;
            }
        };
        let everything = |list: &ListValue| rule.all.is_some() && list.is_everything();
        if old.numbers.is_empty() || new.numbers.is_empty() || everything(old) || everything(new) {
            self.create(wish, Effect::Change, &Why::Replaces(have.text.clone()), &[have]);
            return;
        }
        for piece in chunks(rule, &added) {
            let why = Why::Adds(format!("{piece} to {}", numbers_of(&have.canon, &old.head)).into());
            self.piece(wish, format!("{add} {piece}"), &format!("{} {piece}", new.head), Effect::Add, why);
        }
        for piece in chunks(rule, &removed) {
            let why = Why::Takes(format!("{piece} from {}", numbers_of(&have.canon, &old.head)).into());
            let line = format!("{} {piece}", new.head);
            self.piece(wish, format!("{remove} {piece}"), &line, Effect::Remove, why);
        }
    }

    fn piece(&mut self, wish: &Item, text: String, line: &str, effect: Effect, why: Why) {
        let mut atom = self.atom(wish, text, effect, why);
        let used = names(self.rules, &self.rules.references.uses, &self.path, line);
        match effect {
            Effect::Remove => atom.tie(Tie::Unuses, used),
            _ => atom.tie(Tie::Uses, used),
        }
        self.out.atoms.push(atom);
    }
}

fn numbers_of<'t>(canon: &'t str, head: &str) -> &'t str {
    canon.strip_prefix(head).unwrap_or(canon).trim_start()
}

/// Numbers as lists no longer than the device takes.
fn chunks(rule: &List, numbers: &[u16]) -> Vec<String> {
    let whole = rule.print(numbers);
    if whole.is_empty() {
        return Vec::new();
    }
    let mut pieces: Vec<String> = Vec::new();
    for part in whole.split(',') {
        match pieces.last_mut() {
            Some(piece) if piece.len() + 1 + part.len() <= rule.longest => {
                piece.push(',');
                piece.push_str(part);
            }
            _ => pieces.push(part.to_owned()),
        }
    }
    pieces
}
