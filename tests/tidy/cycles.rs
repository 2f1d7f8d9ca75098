//! No folder, and no file, imports another that imports it in turn, by however many steps.
//!
//! The graph is read from the text: every path that begins with `crate`, `super`, `self` or a
//! module's own part, in a `use` or elsewhere. A name that a module passes on (`pub use`) counts as
//! an import of where it comes from. Between a module and its own parts nothing is counted.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::sources;

type Module = Vec<String>;
type Edges = BTreeSet<(String, String)>;

/// Imports between files that close a cycle and may stay, each with its reason; three at most.
const FILES_TO_KEEP: &[(&str, &str, &str)] = &[];

/// The modules of the crate: the paths in the text of each, and the names that it passes on.
struct Modules {
    paths: BTreeMap<Module, Vec<Module>>,
    passed_on: BTreeMap<(Module, String), Module>,
}

fn module_of(path: &str) -> Module {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    path.split('/').filter(|part| *part != "lib").map(str::to_owned).collect()
}

impl Modules {
    fn read() -> Self {
        let texts: BTreeMap<Module, String> = sources()
            .into_iter()
            .filter(|source| source.path != "src/main.rs")
            .map(|source| (module_of(&source.path), source.lines().collect::<Vec<_>>().join("\n")))
            .collect();
        let mut modules = Self { paths: BTreeMap::new(), passed_on: BTreeMap::new() };
        for (module, text) in &texts {
            let is_part =
                |word: &str| texts.contains_key(&[&module[..], &[word.to_owned()]].concat());
            let mut paths = Vec::new();
            for (at, _) in text.match_indices("use ") {
                let before = text[..at].rsplit('\n').next().unwrap().trim();
                let is_passed_on = before.starts_with("pub");
                if !(before.is_empty() || is_passed_on) {
                    continue;
                }
                for path in expand(&text[at + 4..]) {
                    let path = absolute(module, &path, is_part);
                    if let (true, Some(path)) = (is_passed_on, &path) {
                        let name = path.last().unwrap().clone();
                        modules.passed_on.insert((module.clone(), name), path.clone());
                    }
                    paths.extend(path);
                }
            }
            for start in ["crate::", "super::", "self::"] {
                for (at, _) in text.match_indices(start) {
                    let is_inner = text[..at]
                        .ends_with(|it: char| it.is_alphanumeric() || it == ':' || it == '_');
                    if !is_inner {
                        let all = expand(&text[at..]).into_iter();
                        paths.extend(all.filter_map(|path| absolute(module, &path, |_| false)));
                    }
                }
            }
            modules.paths.insert(module.clone(), paths);
        }
        modules
    }

    /// The module that holds what a path leads to.
    fn holder(&self, path: &[String], depth: usize) -> Module {
        let mut at = Module::new();
        for (index, part) in path.iter().enumerate() {
            let next = [&at[..], std::slice::from_ref(part)].concat();
            if self.paths.contains_key(&next) {
                at = next;
            } else if let Some(origin) = self.passed_on.get(&(at.clone(), part.clone()))
                && depth < 8
            {
                let path = [&origin[..], &path[index + 1..]].concat();
                return self.holder(&path, depth + 1);
            } else {
                break;
            }
        }
        at
    }

    /// Which file imports which.
    fn files(&self) -> Edges {
        let mut edges = Edges::new();
        for (module, paths) in &self.paths {
            for path in paths {
                let target = self.holder(path, 0);
                let is_related = target.starts_with(module) || module.starts_with(&target);
                if !is_related {
                    edges.insert((module.join("/"), target.join("/")));
                }
            }
        }
        edges
    }
}

/// The paths that a text begins with: `a::{b, c::D}` has two.
fn expand(text: &str) -> Vec<Module> {
    fn read(text: &mut &str, prefix: &[String], all: &mut Vec<Module>) {
        let mut path = prefix.to_vec();
        loop {
            *text = text.trim_start();
            if let Some(rest) = text.strip_prefix('{') {
                *text = rest;
                loop {
                    read(text, &path, all);
                    *text = text.trim_start();
                    match text.chars().next() {
                        Some(',') => *text = &text[1..],
                        Some('}') => {
                            *text = &text[1..];
                            return;
                        }
                        _ => return,
                    }
                }
            }
            let end =
                text.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(text.len());
            let (word, rest) = text.split_at(end);
            if !word.is_empty() && word != "self" || path.is_empty() && !word.is_empty() {
                path.push(word.to_owned());
            }
            *text = rest;
            match rest.strip_prefix("::") {
                Some(rest) if !word.is_empty() => *text = rest,
                _ => break,
            }
        }
        if let Some(rest) = text.strip_prefix(" as ") {
            let end =
                rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(rest.len());
            *text = &rest[end..];
        }
        if path.len() > prefix.len() || !path.is_empty() {
            all.push(path);
        }
    }
    let mut all = Vec::new();
    read(&mut &*text, &[], &mut all);
    all
}

/// A path from the crate's root; nothing if it leads out of the crate.
fn absolute(module: &Module, path: &[String], is_part: impl Fn(&str) -> bool) -> Option<Module> {
    let n_up = path.iter().take_while(|part| *part == "super").count();
    match &*path[0] {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([&module[..], &path[1..]].concat()),
        "super" => Some([module.get(..module.len().checked_sub(n_up)?)?, &path[n_up..]].concat()),
        part if is_part(part) => Some([&module[..], path].concat()),
        _ => None,
    }
}

/// The imports that lie on a cycle.
fn on_cycles(edges: &Edges) -> Edges {
    let leads_to = |from: &String, to: &String| {
        let mut open = vec![from];
        let mut seen = BTreeSet::from([from]);
        while let Some(at) = open.pop() {
            for (_, next) in edges.iter().filter(|edge| edge.0 == *at) {
                if next == to {
                    return true;
                }
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        false
    };
    edges.iter().filter(|(from, to)| leads_to(to, from)).cloned().collect()
}

/// Without the known imports there is no cycle, and each of them is still on one.
fn check(what: &str, edges: &Edges, known: &[(&str, &str)]) {
    let cyclic = on_cycles(edges);
    for (from, to) in known {
        let is_there = cyclic.contains(&((*from).to_owned(), (*to).to_owned()));
        assert!(is_there, "{what}: the cycle by {from} -> {to} is cut; take it off the list");
    }
    let rest = edges.iter().filter(|(from, to)| !known.contains(&(from, to))).cloned().collect();
    let left = on_cycles(&rest);
    assert!(left.is_empty(), "{what} import one another: {left:#?}");
}

/// The imports between the parts of one folder that are folders themselves.
fn between_folders(files: &Edges) -> Edges {
    let is_folder = |path: &[&str]| {
        let is_below = |file: &String| file.split('/').count() > path.len();
        let all = files.iter().flat_map(|(from, to)| [from, to]);
        all.filter(|file| is_below(file))
            .any(|file| file.split('/').zip(path).all(|(a, b)| a == *b))
    };
    let mut edges = Edges::new();
    for (from, to) in files {
        let from: Vec<&str> = from.split('/').collect();
        let to: Vec<&str> = to.split('/').collect();
        let n_shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let (from, to) = (&from[..=n_shared], &to[..=n_shared]);
        if n_shared == 0 || is_folder(from) && is_folder(to) {
            edges.insert((from.join("/"), to.join("/")));
        }
    }
    edges
}

#[test]
fn the_folders_form_no_cycle() {
    check("folders", &between_folders(&Modules::read().files()), &[]);
}

#[test]
fn the_files_form_no_cycle() {
    assert!(FILES_TO_KEEP.len() <= 3);
    let known: Vec<_> = FILES_TO_KEEP.iter().map(|(from, to, _)| (*from, *to)).collect();
    check("files", &Modules::read().files(), &known);
}
