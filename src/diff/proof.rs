//! Proof that a sequence of commands keeps what must not break on the way, after each of them.
//!
//! The order of commands is found in `order`; here it is only checked, from what stood at the
//! beginning and what each command takes and gives. A name must exist while it is used, and a guarded
//! line (the filter of an interface, the VLAN of a port) that stands before and after must stand in between.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt as _};

use crate::value::Text;

/// A kind with a name: `acl` `MGMT-IN`, or an invariant with the line it guards.
pub(crate) type Name = (Text, Text);

/// What a configuration, or the part of it that one command touches, says about names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// Names that come to exist.
    pub(crate) defines: Vec<Name>,
    /// Names that are used.
    pub(crate) uses: Vec<Name>,
    /// Guarded lines.
    pub(crate) guards: Vec<Name>,
}

/// What one command takes away and gives.
#[derive(Clone, Debug, Default)]
pub(crate) struct Step {
    /// What is there no longer.
    pub(crate) takes: Facts,
    /// What is there from now on.
    pub(crate) gives: Facts,
}

/// What was shown about a sequence of commands.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Proof {
    /// How many states between two commands were looked at; 0 where all commands take effect at once.
    pub states: usize,
    /// What does not hold in between, by the first command after which it does not.
    pub breaches: Vec<Breach>,
}

/// Something that holds before and after, but not all the way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Breach {
    /// The command after which it no longer holds, from 1.
    pub from: usize,
    /// After how many commands it does not hold.
    pub commands: usize,
    /// What is wrong meanwhile, a lower-case fragment.
    pub what: String,
}

impl std::fmt::Display for Breach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = if self.commands == 1 { "command" } else { "commands" };
        write!(f, "for {} {unit} from step {} on, {}", self.commands, self.from, self.what)
    }
}

/// How often each name stands, and since when something is wrong with it.
struct State {
    defined: HashMap<Name, isize>,
    used: HashMap<Name, isize>,
    guarded: HashMap<Name, isize>,
}

impl State {
    fn new(start: &Facts) -> Self {
        let mut state = Self { defined: HashMap::new(), used: HashMap::new(), guarded: HashMap::new() };
        state.add(start, 1);
        state
    }

    fn add(&mut self, facts: &Facts, by: isize) {
        for (counts, names) in
            [(&mut self.defined, &facts.defines), (&mut self.used, &facts.uses), (&mut self.guarded, &facts.guards)]
        {
            for name in names {
                *counts.entry(name.clone()).or_default() += by;
            }
        }
    }

    /// Whether a name is used although it does not exist.
    fn dangles(&self, name: &Name) -> bool {
        self.used.get(name).is_some_and(|count| *count > 0) && self.defined.get(name).is_none_or(|count| *count <= 0)
    }

    fn bare(&self, guard: &Name) -> bool {
        self.guarded.get(guard).is_none_or(|count| *count <= 0)
    }
}

/// Looks at the state after every command but the last; `after` is what stands in the end.
///
/// What is wrong before or after all commands is the configuration's own fault and no breach.
pub(crate) fn prove(before: &Facts, after: &Facts, steps: &[Step]) -> Proof {
    let mut state = State::new(before);
    let end = State::new(after);
    let names: BTreeSet<&Name> = before.defines.iter().chain(&after.defines).collect();
    let guards: BTreeSet<&Name> = before.guards.iter().filter(|guard| !end.bare(guard)).collect();
    let sound = |name: &Name, start: &State| names.contains(name) && !start.dangles(name) && !end.dangles(name);
    let fine: BTreeSet<&Name> = names.iter().copied().filter(|name| sound(name, &state)).collect();

    let mut open: BTreeMap<(bool, Name), usize> = BTreeMap::new();
    let mut breaches = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        state.add(&step.takes, -1);
        state.add(&step.gives, 1);
        let facts = [&step.takes, &step.gives];
        let touched = facts.iter().flat_map(|facts| facts.defines.iter().chain(&facts.uses));
        let names = touched.filter(|name| fine.contains(name)).map(|name| (false, name, state.dangles(name)));
        let lines = facts.iter().flat_map(|facts| &facts.guards);
        let lines = lines.filter(|guard| guards.contains(guard)).map(|guard| (true, guard, state.bare(guard)));
        for (guard, name, wrong) in names.chain(lines) {
            let key = (guard, name.clone());
            if wrong {
                open.entry(key).or_insert(at);
            } else if let Some(since) = open.remove(&key) {
                breaches.push(Breach { from: since + 1, commands: at - since, what: what(guard, name) });
            }
        }
    }
    // Never closed: the steps do not lead to the end they should; that is worse than a breach and told as one.
    for ((guard, name), since) in open {
        breaches.push(Breach { from: since + 1, commands: steps.len() - since, what: what(guard, &name) });
    }
    breaches.sort();
    Proof { states: steps.len().saturating_sub(1), breaches }
}

fn what(guard: bool, (kind, name): &Name) -> String {
    if guard { format!("{name} is missing ({kind})") } else { format!("{kind} {name} is used but does not exist") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(kind: &str, name: &str) -> Name {
        (kind.into(), name.into())
    }

    fn uses(names: &[Name]) -> Facts {
        Facts { uses: names.to_vec(), ..Facts::default() }
    }

    fn defines(names: &[Name]) -> Facts {
        Facts { defines: names.to_vec(), ..Facts::default() }
    }

    #[test]
    fn a_name_that_goes_before_its_user_is_told_with_its_length() {
        let acl = name("acl", "A");
        let before = Facts { defines: vec![acl.clone()], uses: vec![acl.clone()], ..Facts::default() };
        let gone = Step { takes: defines(std::slice::from_ref(&acl)), ..Step::default() };
        let left = Step { takes: uses(std::slice::from_ref(&acl)), ..Step::default() };
        let other = Step::default();
        let wrong = prove(&before, &Facts::default(), &[gone.clone(), other, left.clone()]);
        assert_eq!(
            wrong.breaches,
            [Breach { from: 1, commands: 2, what: "acl A is used but does not exist".to_owned() }]
        );
        assert!(prove(&before, &Facts::default(), &[left, gone]).breaches.is_empty());
    }

    #[test]
    fn a_filter_that_is_taken_and_given_again_is_told() {
        let filter = name("filter", "`ip access-group in` of `interface A`");
        let with = Facts { guards: vec![filter], ..Facts::default() };
        let take = Step { takes: with.clone(), ..Step::default() };
        let give = Step { gives: with.clone(), ..Step::default() };
        let swap = Step { takes: with.clone(), gives: with.clone() };
        assert_eq!(prove(&with, &with, &[take.clone(), give]).breaches.len(), 1);
        assert!(prove(&with, &with, &[swap]).breaches.is_empty());
        // Nobody misses what is not intended.
        assert!(prove(&with, &Facts::default(), &[take]).breaches.is_empty());
    }

    #[test]
    fn what_was_wrong_before_is_no_breach() {
        let acl = name("acl", "A");
        let dangling = uses(std::slice::from_ref(&acl));
        let made = Step { gives: defines(std::slice::from_ref(&acl)), ..Step::default() };
        let after = Facts { defines: vec![acl.clone()], uses: vec![acl], ..Facts::default() };
        assert!(prove(&dangling, &after, &[Step::default(), made]).breaches.is_empty());
    }
}
