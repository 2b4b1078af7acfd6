//! Reads a script and carries it out on a copy of the ruleset.

use super::lex::{At, Kind, Token, tokens};
use super::set::{bad_net, bad_port, ordered, port};
use super::{Chain, Fault, Rule, Ruleset, Set, Table};
use crate::lab::grammar::Slot;

const MISSING: &str = "Could not process rule: No such file or directory";
const BUSY: &str = "Could not process rule: Device or resource busy";
const EXISTS: &str = "Could not process rule: File exists";

type Done<T = ()> = Result<T, Fault>;

/// The words of a statement, and what ends it.
type Statement = (Vec<Token>, Token);

/// The tokens not read yet.
struct Reader {
    tokens: Vec<Token>,
    next: usize,
}

impl Reader {
    fn peek(&self) -> Token {
        self.tokens.get(self.next).or(self.tokens.last()).cloned().unwrap_or(Token {
            text: String::new(),
            kind: Kind::End,
            at: At::default(),
        })
    }

    fn take(&mut self) -> Token {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn is(&self, text: &str) -> bool {
        self.peek().is(text)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.is(text);
        self.next += usize::from(found);
        found
    }

    fn ends(&self) -> bool {
        let token = self.peek();
        matches!(token.kind, Kind::Newline | Kind::End) || token.is(";") || token.is("}")
    }

    /// Skips line ends and semicolons between statements.
    fn skip(&mut self) {
        while self.peek().kind == Kind::Newline || self.is(";") {
            self.next += 1;
        }
    }

    fn unexpected<T>(&self) -> Done<T> {
        let token = self.peek();
        Err(Fault { at: token.at, message: format!("syntax error, unexpected {}", token.called()) })
    }

    fn expect(&mut self, text: &str) -> Done {
        if self.eat(text) { Ok(()) } else { self.unexpected() }
    }

    fn word(&mut self) -> Done<Token> {
        if self.peek().kind == Kind::Word { Ok(self.take()) } else { self.unexpected() }
    }

    fn end(&mut self) -> Done {
        if self.ends() { Ok(()) } else { self.unexpected() }
    }

    /// Everything up to the end of the statement, sets in braces included; and what ends it.
    fn statement(&mut self) -> Done<Statement> {
        let mut statement = Vec::new();
        let mut depth = 0_usize;
        loop {
            let token = self.peek();
            if token.kind == Kind::End || (depth == 0 && self.ends()) {
                if depth > 0 {
                    return self.unexpected();
                }
                return Ok((statement, token));
            }
            if token.is("{") {
                depth += 1;
            } else if token.is("}") {
                depth = depth.saturating_sub(1);
            }
            self.next += 1;
            if token.kind != Kind::Newline {
                statement.push(token);
            }
        }
    }
}

fn fault<T>(at: At, message: &str) -> Done<T> {
    Err(Fault { at, message: message.to_owned() })
}

const FAMILIES: [&str; 6] = ["ip", "ip6", "inet", "arp", "bridge", "netdev"];

/// A table as a script names it.
struct Named {
    family: String,
    name: Token,
}

impl Ruleset {
    pub(super) fn script(&mut self, text: &str) -> Done {
        let mut reader = Reader { tokens: tokens(text), next: 0 };
        loop {
            reader.skip();
            if reader.peek().kind == Kind::End {
                return Ok(());
            }
            self.command(&mut reader)?;
            // nft wants a line end or a semicolon after a block too.
            reader.end()?;
            if reader.is("}") {
                return reader.unexpected();
            }
        }
    }

    fn command(&mut self, reader: &mut Reader) -> Done {
        let verb = reader.peek();
        let known = ["add", "create", "insert", "replace", "delete", "flush"];
        let implied = ["table", "chain", "set", "map", "rule", "element"];
        let word = if verb.kind == Kind::Word { verb.text.as_str() } else { "" };
        if known.contains(&word) {
            reader.next += 1;
        } else if !implied.contains(&word) {
            return reader.unexpected();
        }
        let verb = if known.contains(&word) { word } else { "add" };
        let object = reader.word()?;
        match (verb, object.text.as_str()) {
            ("flush", "ruleset") => {
                self.tables.clear();
                Ok(())
            }
            ("add" | "create", "table") => self.add_table(reader, verb == "create"),
            ("delete" | "flush", "table") => self.remove_table(reader, verb == "delete"),
            ("add" | "create", "chain") => self.add_chain(reader, verb == "create"),
            ("delete" | "flush", "chain") => self.remove_chain(reader, verb == "delete"),
            ("add" | "create", "set" | "map") => self.add_set(reader, object.text == "map", verb == "create"),
            ("delete" | "flush", "set" | "map") => self.remove_set(reader, verb == "delete"),
            ("add" | "create" | "delete", "element") => self.elements(reader, verb != "delete"),
            ("add" | "insert" | "replace" | "delete", "rule") => self.rule(reader, verb),
            _ => {
                reader.next = reader.next.saturating_sub(1);
                reader.unexpected()
            }
        }
    }

    fn named(reader: &mut Reader) -> Done<Named> {
        let first = reader.word()?;
        if FAMILIES.contains(&first.text.as_str()) && reader.peek().kind == Kind::Word {
            return Ok(Named { family: first.text, name: reader.take() });
        }
        Ok(Named { family: "ip".to_owned(), name: first })
    }

    fn table(&mut self, named: &Named) -> Done<&mut Table> {
        let found = self.tables.iter_mut().find(|table| table.family == named.family && table.name == named.name.text);
        found.ok_or(Fault { at: named.name.at, message: "No such file or directory".to_owned() })
    }

    fn add_table(&mut self, reader: &mut Reader, fresh: bool) -> Done {
        let named = Self::named(reader)?;
        let exists = self.table(&named).is_ok();
        if exists && fresh {
            return fault(named.name.at, EXISTS);
        }
        if !exists {
            let (family, name) = (named.family.clone(), named.name.text.clone());
            self.tables.push(Table { family, name, ..Table::default() });
        }
        if !reader.eat("{") {
            return Ok(());
        }
        // Chains and sets of a block come first, so that its rules may name those below them.
        let mut rules: Vec<(Token, Vec<Statement>)> = Vec::new();
        loop {
            reader.skip();
            if reader.eat("}") {
                break;
            }
            let object = reader.word()?;
            match object.text.as_str() {
                "chain" => {
                    let name = reader.word()?;
                    let block = self.chain_block(reader, &named, &name)?;
                    rules.push((name, block));
                }
                "set" | "map" => {
                    let name = reader.word()?;
                    let made = set_block(reader, &name, object.text == "map")?;
                    self.merge_set(&named, &name, made, false)?;
                }
                "comment" => {
                    reader.take();
                }
                _ => {
                    reader.next = reader.next.saturating_sub(1);
                    return reader.unexpected();
                }
            }
            reader.end()?;
        }
        for (chain, rules) in rules {
            for rule in rules {
                self.place(&named, &chain, &rule, None, false)?;
            }
        }
        Ok(())
    }

    fn remove_table(&mut self, reader: &mut Reader, whole: bool) -> Done {
        let named = Self::named(reader)?;
        let Ok(table) = self.table(&named) else { return fault(named.name.at, MISSING) };
        if whole {
            self.tables.retain(|table| !(table.family == named.family && table.name == named.name.text));
        } else {
            table.chains.iter_mut().for_each(|chain| chain.rules.clear());
        }
        Ok(())
    }

    /// Reads a chain's block: makes the chain, gives back its rules.
    fn chain_block(&mut self, reader: &mut Reader, named: &Named, name: &Token) -> Done<Vec<Statement>> {
        let table = self.table(named)?;
        if !table.chains.iter().any(|chain| chain.name == name.text) {
            table.chains.push(Chain { name: name.text.clone(), ..Chain::default() });
        }
        let mut rules = Vec::new();
        if !reader.eat("{") {
            return Ok(rules);
        }
        loop {
            reader.skip();
            if reader.eat("}") {
                return Ok(rules);
            }
            let (statement, end) = reader.statement()?;
            let words: Vec<&str> = statement.iter().map(|token| token.text.as_str()).collect();
            let chain = self.table(named)?.chains.iter_mut().find(|chain| chain.name == name.text);
            let Some(chain) = chain else { return fault(name.at, MISSING) };
            match words.as_slice() {
                [] => return reader.unexpected(),
                ["type", kind, "hook", hook, rest @ ..] => {
                    let kinds = ["filter", "nat", "route"];
                    let hooks = ["prerouting", "input", "forward", "output", "postrouting", "ingress"];
                    if !kinds.contains(kind)
                        || !hooks.contains(hook)
                        || rest.first() != Some(&"priority")
                        || rest.len() < 2
                    {
                        let at = statement.get(1).map_or(name.at, |token| token.at);
                        return fault(at, "syntax error, unexpected string");
                    }
                    let named = rest.get(1..).map(|rest| priority(rest, hook)).unwrap_or_default();
                    chain.base = Some(format!("type {kind} hook {hook} priority {named}"));
                    chain.policy.get_or_insert_with(|| "accept".to_owned());
                }
                ["policy", policy @ ("accept" | "drop")] => chain.policy = Some((*policy).to_owned()),
                ["comment", text] => chain.comment = Some((*text).to_owned()),
                _ => rules.push((statement, end)),
            }
        }
    }

    fn add_chain(&mut self, reader: &mut Reader, fresh: bool) -> Done {
        let named = Self::named(reader)?;
        let name = reader.word()?;
        let exists = self.table(&named)?.chains.iter().any(|chain| chain.name == name.text);
        if exists && fresh {
            return fault(name.at, EXISTS);
        }
        let rules = self.chain_block(reader, &named, &name)?;
        for rule in rules {
            self.place(&named, &name, &rule, None, false)?;
        }
        Ok(())
    }

    fn remove_chain(&mut self, reader: &mut Reader, whole: bool) -> Done {
        let named = Self::named(reader)?;
        let name = reader.word()?;
        let table = self.table(&named)?;
        let Some(chain) = table.chains.iter_mut().find(|chain| chain.name == name.text) else {
            return fault(name.at, MISSING);
        };
        if !whole {
            chain.rules.clear();
            return Ok(());
        }
        // The kernel drops the rules of the chain itself with it, but not those that lead to it.
        chain.rules.clear();
        if table.leads_to(&name.text) {
            return fault(name.at, BUSY);
        }
        table.chains.retain(|chain| chain.name != name.text);
        Ok(())
    }

    fn add_set(&mut self, reader: &mut Reader, map: bool, fresh: bool) -> Done {
        let named = Self::named(reader)?;
        let name = reader.word()?;
        let made = set_block(reader, &name, map)?;
        self.merge_set(&named, &name, made, fresh)
    }

    fn merge_set(&mut self, named: &Named, name: &Token, mut made: Set, fresh: bool) -> Done {
        let table = self.table(named)?;
        let elements = std::mem::take(&mut made.elements);
        let at = table.sets.iter().position(|set| set.name == name.text);
        let target = match at.and_then(|at| table.sets.get_mut(at)) {
            Some(_) if fresh => return fault(name.at, EXISTS),
            Some(have) if have.kind != made.kind || have.map != made.map => return fault(name.at, EXISTS),
            Some(have) => have,
            None => {
                table.sets.push(made);
                match table.sets.last_mut() {
                    Some(set) => set,
                    None => return Ok(()),
                }
            }
        };
        target.add(elements).map_err(|message| Fault { at: name.at, message })
    }

    fn remove_set(&mut self, reader: &mut Reader, whole: bool) -> Done {
        let named = Self::named(reader)?;
        let name = reader.word()?;
        let table = self.table(&named)?;
        let Some(set) = table.sets.iter_mut().find(|set| set.name == name.text) else { return fault(name.at, MISSING) };
        if !whole {
            set.elements.clear();
            return Ok(());
        }
        if table.uses(&name.text) {
            return fault(name.at, BUSY);
        }
        table.sets.retain(|set| set.name != name.text);
        Ok(())
    }

    fn elements(&mut self, reader: &mut Reader, add: bool) -> Done {
        let named = Self::named(reader)?;
        let name = reader.word()?;
        let (tokens, _) = reader.statement()?;
        let at = tokens.get(1).map_or(name.at, |token| token.at);
        let elements = elements(&tokens).ok_or(Fault { at, message: "syntax error, unexpected string".to_owned() })?;
        let table = self.table(&named)?;
        let Some(set) = table.sets.iter_mut().find(|set| set.name == name.text) else { return fault(name.at, MISSING) };
        if add {
            return set.add(elements).map_err(|message| Fault { at, message });
        }
        for element in elements {
            let before = set.elements.len();
            let key = super::split(&element).0.to_owned();
            set.elements.retain(|have| super::split(have).0 != key);
            if set.elements.len() == before {
                return fault(at, MISSING);
            }
        }
        Ok(())
    }

    fn rule(&mut self, reader: &mut Reader, verb: &str) -> Done {
        let named = Self::named(reader)?;
        let chain = reader.word()?;
        self.table(&named)?;
        let mut place = None;
        if ["handle", "position", "index"].iter().any(|word| reader.is(word)) {
            let how = reader.take().text;
            let number = reader.word()?;
            let Ok(value) = number.text.parse::<u64>() else {
                return fault(number.at, "syntax error, unexpected string");
            };
            place = Some((how, value, number.at));
        }
        if verb == "delete" {
            let Some((_, handle, at)) = place else { return reader.unexpected() };
            let found = self.table(&named)?.chains.iter_mut().find(|have| have.name == chain.text);
            let Some(found) = found else { return fault(chain.at, MISSING) };
            let before = found.rules.len();
            found.rules.retain(|rule| rule.handle != handle);
            return if found.rules.len() == before { fault(at, MISSING) } else { Ok(()) };
        }
        let statement = reader.statement()?;
        if statement.0.is_empty() {
            return reader.unexpected();
        }
        if verb == "replace" && place.is_none() {
            return reader.unexpected();
        }
        let replaced = verb == "replace";
        if replaced && let Some((_, handle, at)) = &place {
            let table = self.table(&named)?;
            let known = table
                .chains
                .iter()
                .any(|have| have.name == chain.text && have.rules.iter().any(|rule| rule.handle == *handle));
            if !known {
                return fault(*at, MISSING);
            }
        }
        let front = verb == "insert";
        self.place(
            &named,
            &chain,
            &statement,
            place.as_ref().map(|(how, value, at)| (how.as_str(), *value, *at)),
            front,
        )?;
        if replaced
            && let Some((_, handle, _)) = place
            && let Some(chain) = self.table(&named)?.chains.iter_mut().find(|have| have.name == chain.text)
        {
            chain.rules.retain(|rule| rule.handle != handle);
        }
        Ok(())
    }

    /// Puts a rule into a chain: at the end, at the front, or beside another.
    fn place(
        &mut self,
        named: &Named,
        chain: &Token,
        statement: &Statement,
        beside: Option<(&str, u64, At)>,
        front: bool,
    ) -> Done {
        let text = self.read_rule(named, statement)?;
        self.handles += 1;
        let rule = Rule { handle: self.handles, text };
        let table = self.table(named)?;
        let Some(found) = table.chains.iter_mut().find(|have| have.name == chain.text) else {
            return fault(chain.at, "No such file or directory");
        };
        let at = match beside {
            None if front => 0,
            None => found.rules.len(),
            Some((how, value, at)) => {
                let index = if how == "index" {
                    usize::try_from(value).ok().filter(|index| *index < found.rules.len())
                } else {
                    found.rules.iter().position(|rule| rule.handle == value)
                };
                let Some(index) = index else { return fault(at, MISSING) };
                if front { index } else { index + 1 }
            }
        };
        found.rules.insert(at, rule);
        Ok(())
    }

    /// Checks a rule against the grammar and what it names; gives it as the kernel spells it.
    fn read_rule(&mut self, named: &Named, (tokens, end): &Statement) -> Done<String> {
        let statements = std::sync::Arc::clone(&self.statements);
        let table = self.table(named)?;
        let words = group(tokens);
        let mut at = 0;
        let mut out: Vec<String> = Vec::new();
        while at < words.len() {
            let rest = words.get(at..).unwrap_or_default();
            let texts: Vec<&str> = rest.iter().map(|(text, _)| text.as_str()).collect();
            let (count, slots) = statements.0.longest(&texts);
            if count == 0 {
                let mut at = rest.iter().skip(slots.len()).filter_map(|(_, tokens)| tokens.first());
                let token = at.next().unwrap_or(end);
                // A word the program does not know may be the start of something: what follows it cannot be.
                let unknown = slots.is_empty() && token.called() == "string";
                let token = if unknown { at.next().unwrap_or(end) } else { token };
                return fault(token.at, &format!("syntax error, unexpected {}", token.called()));
            }
            for ((text, tokens), slot) in rest.iter().zip(&slots) {
                out.push(value(text, tokens, *slot, &out)?);
            }
            at += count;
        }
        for (text, tokens) in &words {
            let place = tokens.first().map_or(At::default(), |token| token.at);
            if let Some(set) = text.strip_prefix('@')
                && !table.sets.iter().any(|have| have.name == set)
            {
                return fault(place, "No such file or directory");
            }
        }
        for (target, place) in targets(tokens) {
            if !table.chains.iter().any(|have| have.name == target) {
                return fault(place, MISSING);
            }
        }
        Ok(shortest(&out))
    }
}

/// A priority by the name nearest to it, as the program prints it.
fn priority(words: &[&str], hook: &str) -> String {
    let said = words.join(" ");
    let Ok(number) = said.parse::<i64>() else { return said };
    let (dstnat, srcnat) = (hook == "prerouting" || hook == "output", hook == "postrouting");
    let names = [
        (-300, "raw", true),
        (-150, "mangle", true),
        (-100, "dstnat", dstnat),
        (0, "filter", true),
        (50, "security", true),
        (100, "srcnat", srcnat),
    ];
    let near = names.iter().find(|(at, _, applies)| *applies && (number - at).abs() <= 10);
    match near.map(|(at, name, _)| (number - at, name)) {
        Some((0, name)) => (*name).to_owned(),
        Some((offset, name)) if offset > 0 => format!("{name} + {offset}"),
        Some((offset, name)) => format!("{name} - {}", -offset),
        None => said,
    }
}

/// The words the program prints: what goes without saying is left out.
fn shortest(words: &[String]) -> String {
    let mut out: Vec<&str> = Vec::new();
    let mut words = words.iter().map(String::as_str).peekable();
    while let Some(word) = words.next() {
        match (word, words.peek().copied()) {
            ("level", Some("warn")) => {
                words.next();
            }
            ("type", _) if matches!(out.as_slice(), [.., "with", "icmp" | "icmpv6" | "icmpx"]) => {}
            _ => out.push(word),
        }
    }
    out.join(" ")
}

/// Chains that a rule jumps to.
fn targets(tokens: &[Token]) -> impl Iterator<Item = (&str, At)> {
    tokens.windows(2).filter_map(|pair| match pair {
        [verb, target] if verb.is("jump") || verb.is("goto") => Some((target.text.as_str(), target.at)),
        _ => None,
    })
}

/// Words of a rule: a set in braces is one, and so are values joined by commas.
fn group(tokens: &[Token]) -> Vec<(String, Vec<Token>)> {
    let mut words: Vec<(String, Vec<Token>)> = Vec::new();
    let mut depth = 0_usize;
    let mut glue = false;
    for token in tokens {
        if depth > 0 || glue || token.is(",") {
            if let Some((text, inside)) = words.last_mut() {
                text.push_str(if depth > 0 { " " } else { "" });
                text.push_str(&token.text);
                inside.push(token.clone());
            }
        } else {
            words.push((token.text.clone(), vec![token.clone()]));
        }
        glue = depth == 0 && token.is(",");
        depth = if token.is("{") { depth + 1 } else { depth.saturating_sub(usize::from(token.is("}"))) };
    }
    words
}

/// One word of a rule, checked and spelled as printed.
fn value(text: &str, tokens: &[Token], slot: Slot, before: &[String]) -> Done<String> {
    let bad = |token: &Token| match slot {
        Slot::Net => bad_net(&token.text),
        Slot::Port => bad_port(&token.text),
        Slot::Plain => None,
    };
    if !text.starts_with('{') {
        let Some(token) = tokens.first() else { return Ok(text.to_owned()) };
        if let Some(why) = bad(token) {
            return fault(token.at, why);
        }
        return Ok(if slot == Slot::Port { ports(text) } else { text.to_owned() });
    }
    let Some(mut inside) = elements(tokens) else {
        let at = tokens.first().map_or(At::default(), |token| token.at);
        return fault(at, "syntax error, unexpected string");
    };
    let is_key = |n: usize| {
        let before = n.checked_sub(1).and_then(|n| tokens.get(n));
        before.is_some_and(|token| token.is("{") || token.is(","))
    };
    for (n, token) in tokens.iter().enumerate() {
        if is_key(n)
            && !token.is("}")
            && let Some(why) = bad(token)
        {
            return fault(token.at, why);
        }
    }
    if slot == Slot::Port {
        for element in &mut inside {
            *element = ports(element);
        }
    }
    ordered(&mut inside, &before.join(" "));
    Ok(format!("{{ {} }}", inside.join(", ")))
}

fn ports(text: &str) -> String {
    if text.starts_with('@') {
        return text.to_owned();
    }
    text.split('-').map(port).collect::<Vec<_>>().join("-")
}

/// Where each element between braces starts.
fn starts(tokens: &[Token]) -> Vec<At> {
    let opens = |token: &Token| token.is("{") || token.is(",");
    let first = |pair: &[Token]| match pair {
        [before, token] if opens(before) && token.kind != Kind::Mark => Some(token.at),
        _ => None,
    };
    tokens.windows(2).filter_map(first).collect()
}

/// The elements between braces, each with single spaces; `None` where the braces are not a list.
fn elements(tokens: &[Token]) -> Option<Vec<String>> {
    let (first, rest) = tokens.split_first()?;
    let (last, inner) = rest.split_last()?;
    if !first.is("{") || !last.is("}") {
        return None;
    }
    let mut out = Vec::new();
    for part in inner.split(|token| token.is(",")) {
        if part.is_empty() {
            continue;
        }
        if part.iter().any(|token| token.kind == Kind::Mark) {
            return None;
        }
        out.push(part.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" "));
    }
    (!out.is_empty()).then_some(out)
}

fn set_block(reader: &mut Reader, name: &Token, map: bool) -> Done<Set> {
    let mut set = Set { name: name.text.clone(), map, ..Set::default() };
    let mut places: Vec<At> = Vec::new();
    reader.expect("{")?;
    loop {
        reader.skip();
        if reader.eat("}") {
            break;
        }
        let (statement, _) = reader.statement()?;
        let words: Vec<&str> = statement.iter().map(|token| token.text.as_str()).collect();
        let at = statement.first().map_or(name.at, |token| token.at);
        match words.as_slice() {
            ["type", kind @ ..] if !kind.is_empty() => set.kind = kind.join(" "),
            ["typeof", ..] => set.kind = words.join(" "),
            ["flags", ..] => {
                set.flags = words.iter().skip(1).filter(|word| **word != ",").map(|word| (*word).to_owned()).collect();
            }
            ["auto-merge"] | ["comment" | "timeout" | "size" | "gc-interval" | "policy", _] => {
                set.extra.push(words.join(" "));
            }
            ["elements", "=", ..] => {
                let tokens = statement.get(2..).unwrap_or_default();
                let found =
                    elements(tokens).ok_or(Fault { at, message: "syntax error, unexpected string".to_owned() })?;
                set.elements.extend(found);
                places.extend(starts(tokens));
            }
            _ => {
                let called = statement.first().map_or("newline", Token::called);
                return fault(at, &format!("syntax error, unexpected {called}"));
            }
        }
    }
    if set.is_interval() && !set.merges() {
        for (n, (element, at)) in set.elements.iter().zip(&places).enumerate() {
            if set.elements.iter().take(n).any(|before| Set::clash(before, element)) {
                return fault(*at, "conflicting intervals specified");
            }
        }
    }
    if set.kind.is_empty() {
        return fault(name.at, "set definition does not specify key");
    }
    Ok(set)
}
