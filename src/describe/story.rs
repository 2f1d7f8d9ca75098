//! The relations of one process, and its story: how it came to be where it is.

use crate::record::{Ending, ProcessId};
use crate::roles::runtimes::start_method;
use crate::roles::{Leader, Subject};
use crate::text::units::{count, lifetime, with_article};
use crate::text::visible;
use crate::verdict::{Confidence, Role, StartMethod, Verdict};
use crate::world::Process;

/// The pid of the process that a runtime calls its parent, where it is not the creator.
pub(crate) fn logical_parent(process: &Process) -> Option<ProcessId> {
    process.recognition.as_ref()?.logical_parent
}

/// All relations of a process, each a phrase: `3 children`, `leads group 900`.
pub(crate) fn relations(subject: Subject<'_>) -> Vec<String> {
    let process = subject.process();
    let stat = &process.stat;
    let mut relations = Vec::new();
    relations.push(match subject.parent() {
        Some(parent) => format!("child of {}", parent.who()),
        None if stat.ppid == 0 => "no parent in this pid namespace".to_owned(),
        None => format!("child of {}, which cannot be seen", stat.ppid),
    });
    if let Some(adoption) = &process.history.adoption {
        relations.push(match adoption.creator {
            Some(creator) => {
                format!("created by {} ({})", creator.pid, visible(&adoption.creator_comm))
            }
            None => "created by a process that is not known".to_owned(),
        });
    } else if let Some(origin) =
        process.history.origin.as_ref().filter(|origin| !origin.is_of_parent())
    {
        relations.push(match origin.creator {
            Some(creator) => {
                format!("likely created by {} ({})", creator.pid, visible(&origin.creator_comm))
            }
            None => "created by a process that is not known".to_owned(),
        });
    }
    if let Some(logical) = logical_parent(process) {
        let who = subject
            .living(logical.pid)
            .map_or_else(|| logical.pid.to_string(), |logical| logical.who().to_string());
        relations.push(format!("logical child of {who}"));
    }
    let living = subject.living_children().count();
    let zombies = subject.children().filter(|child| is_zombie(child.process())).count();
    if living > 0 {
        let below = subject.world().tree().descendants(subject.slot()) as usize;
        relations.push(count(living, "child", "children"));
        relations.extend((below > living).then(|| format!("{below} descendants")));
    }
    if zombies > 0 {
        relations.push(format!("has not waited for {}", count(zombies, "zombie", "zombies")));
    }
    relations.extend(leadership("group", stat.pgid, subject.group_leader()));
    relations.extend(leadership("session", stat.sid, subject.session_leader()));
    relations
}

/// Said of a process whose main thread has ended while others live; `None` of all others.
pub(crate) fn lost_main_thread(process: &Process) -> Option<String> {
    let has_lost = process.stat.has_lost_its_main_thread();
    let living = process.stat.living_threads().filter(|_| has_lost)?;
    let live = if living == 1 { "lives" } else { "live" };
    let is_known = process.ended.is_none();
    is_known.then(|| {
        format!("its main thread ended; {} {live}", count(living as usize, "thread", "threads"))
    })
}

fn is_zombie(process: &Process) -> bool {
    process.ended.is_none() && process.stat.has_ended()
}

fn leadership(what: &str, id: Option<u32>, leader: Leader<'_>) -> Option<String> {
    let id = id?;
    Some(match leader {
        Leader::Itself => format!("leads {what} {id}"),
        Leader::Living(leader) => format!("in {what} {id} of {}", visible(&leader.who().name)),
        Leader::Ended => format!("in {what} {id}, whose leader has ended"),
        Leader::Unknown => format!("in {what} {id}"),
    })
}

/// How a process came to be, in a few words, as far as that is known: `forked by 812 (bash), exec'd
/// python3 after 2 ms`.
pub(crate) fn origin(subject: Subject<'_>) -> Option<String> {
    let by = by_creator(subject);
    let seen = images(subject);
    if !seen.is_empty() {
        return Some(format!("forked{by}, {}", seen.join(", ")));
    }
    match start_method(subject) {
        Some(StartMethod::Fork) => Some(format!("forked{by}, never exec'd")),
        Some(StartMethod::Forkserver) => Some(format!("forked{by}, a forkserver")),
        Some(StartMethod::Spawn) => Some(format!("started{by} and exec'd this program")),
        None => (!by.is_empty()).then(|| format!("started{by}")),
    }
}

fn by_creator(subject: Subject<'_>) -> String {
    let process = subject.process();
    let seen = process.history.origin.as_ref();
    let likely = if seen.is_some_and(|origin| !origin.is_of_parent()) { " likely" } else { "" };
    let seen = seen.and_then(|origin| Some((origin.creator?, &origin.creator_comm)));
    let lost = process
        .history
        .adoption
        .as_ref()
        .and_then(|adoption| adoption.creator.map(|creator| (creator, &adoption.creator_comm)));
    if let Some((creator, comm)) = seen.or(lost) {
        return format!("{likely} by {} ({})", creator.pid, visible(comm));
    }
    let creator = process.creator().and_then(|creator| subject.world().subject(creator));
    creator.map_or_else(String::new, |creator| format!(" by {}", creator.who()))
}

/// The programs that it exec'd, each a phrase: `exec'd python3 after 2 ms`.
fn images(subject: Subject<'_>) -> Vec<String> {
    let process = subject.process();
    let Some(images) = process.history.images.as_deref() else { return Vec::new() };
    let mut before = process.history.origin.as_ref().map(|origin| origin.at);
    let mut phrases = Vec::new();
    for (index, became) in images.iter().enumerate() {
        let name = became.image.as_ref().map_or_else(
            || "something too short-lived to name".to_owned(),
            |image| visible(&image.comm).into_owned(),
        );
        let since = before.map(|before| lifetime(became.at.0.saturating_sub(before.0)));
        let after = since.map_or_else(String::new, |since| format!(" after {since}"));
        phrases.push(format!("exec'd {name}{after}"));
        if index == 0 && images.forgotten() > 0 {
            phrases.push(count(images.forgotten(), "more program", "more programs"));
        }
        before = Some(became.at);
    }
    phrases
}

/// Its life and the reasons for its role, as sentences in the order of time.
pub(crate) fn story(subject: Subject<'_>) -> Vec<String> {
    let process = subject.process();
    let origin = origin(subject).map(|origin| format!("It was {origin}."));
    let mut story = vec![origin.unwrap_or_else(|| "It started before pexplore did.".to_owned())];
    story.extend(adoption_sentence(subject));
    if let Some(known) = &process.recognition {
        let part = format!("{} {}", known.runtime.into_str(), known.part.into_str());
        let is_one = known.part.heads_family();
        let part = if is_one { format!("the {part}") } else { with_article(&part) };
        story.push(format!("It is {part}."));
    }
    let role = &process.verdict;
    let why: Vec<String> = role.evidence.iter().map(ToString::to_string).collect();
    if !why.is_empty() {
        story.push(role_sentence(role, &why));
    }
    story.extend(lost_main_thread(process).map(|clause| format!("{}.", capitalized(&clause))));
    if is_zombie(process) {
        let ending = process.stat.wait_status.map(Ending::from_wait_status);
        let how = ending.map_or_else(String::new, |ending| format!(" ({ending})"));
        story.push(format!("It has ended{how}, and its parent has not called wait() for it."));
    }
    if let Some(end) = process.ended {
        story.push(match end.cause.why_unknown() {
            None => format!("It ended: {}.", end.cause.short()),
            Some(reason) => format!("It ended, and how is not known: {reason}."),
        });
    }
    story
}

/// Its role and the reasons. That it has a parent or a child is a fact; less sure may be that its
/// parent created it, so that it is no orphan.
fn role_sentence(verdict: &Verdict, why: &[String]) -> String {
    let role = with_role_article(verdict.role);
    if !is_perhaps_an_orphan(verdict) {
        return format!("It is {role} ({}): {}.", verdict.confidence.into_str(), why.join("; "));
    }
    let (of_children, of_parent) = (&why[0], why[1..].join("; "));
    let doubt = doubt(verdict.confidence);
    let of_parent = if of_parent.is_empty() { of_parent } else { format!(": {of_parent}") };
    format!("It is {role}: {of_children}. It is {doubt}{of_parent}.")
}

/// Its role, and how sure that is: `a parent (likely no orphan)`.
pub(crate) fn role(verdict: &Verdict) -> String {
    let role = with_role_article(verdict.role);
    if is_perhaps_an_orphan(verdict) {
        return format!("{role} ({})", doubt(verdict.confidence));
    }
    format!("{role} ({})", verdict.confidence.into_str())
}

fn is_perhaps_an_orphan(verdict: &Verdict) -> bool {
    matches!(verdict.role, Role::Parent | Role::Child) && verdict.confidence != Confidence::Certain
}

fn doubt(confidence: Confidence) -> &'static str {
    if confidence == Confidence::Likely { "likely no orphan" } else { "possibly an orphan" }
}

/// The end of its creator, where the way to its present parent was seen.
fn adoption_sentence(subject: Subject<'_>) -> Option<String> {
    let adoption = subject.process().history.adoption.as_ref()?;
    let creator = adoption.creator?;
    let world = subject.world();
    let cause = world.ending(creator).map_or_else(String::new, |cause| format!(" ({cause})"));
    let birth = subject.process().born_at(world.host());
    let age = lifetime(adoption.at.0.saturating_sub(birth.0));
    let ended = format!(
        "Its creator {} ({}) ended{cause} when it was {age} old",
        creator.pid,
        visible(&adoption.creator_comm)
    );
    let adopter = adoption.adopter.and_then(|adopter| world.subject(adopter));
    let adopter = adopter.filter(|adopter| Some(adopter.id()) == subject.process().parent);
    Some(match adopter {
        Some(adopter) => format!("{ended}, and {} adopted it.", adopter.who()),
        None => format!("{ended}."),
    })
}

/// A clause with a capital letter at its beginning.
fn capitalized(clause: &str) -> String {
    let mut characters = clause.chars();
    characters.next().into_iter().flat_map(char::to_uppercase).chain(characters).collect()
}

fn with_role_article(role: Role) -> String {
    with_article(if role == Role::Kernel { "kernel thread" } else { role.into_str() })
}

#[cfg(test)]
mod tests;
