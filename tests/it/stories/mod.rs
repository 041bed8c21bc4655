//! What people do, through GraphQL over HTTP only, named as sentences.

mod accounts;
mod audiences;
mod blocks;
mod bonds;
mod checking;
mod coming_in;
mod explained;
mod finding;
mod first;
mod limits;
pub(crate) mod linking;
mod lists;
mod live;
pub(crate) mod mailing;
mod mails;
mod messages;
mod news;
mod notices;
mod penpal_lists;
mod photos;
mod previews;
mod receipts;
mod reflections;
mod screening;
mod search;
mod second_factor;
mod sessions;
mod signing_in;
mod sudo;
mod uploads;
mod walls;
mod why;
mod writers;

use libtest_mimic::Trial;

use crate::support::backend::Backends;

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    let mut trials = Vec::new();
    trials.extend(accounts::trials(backends));
    trials.extend(audiences::trials(backends));
    trials.extend(blocks::trials(backends));
    trials.extend(bonds::trials(backends));
    trials.extend(checking::trials(backends));
    trials.extend(coming_in::trials(backends));
    trials.extend(explained::trials(backends));
    trials.extend(finding::trials(backends));
    trials.extend(first::trials(backends));
    trials.extend(limits::trials(backends));
    trials.extend(linking::trials(backends));
    trials.extend(lists::trials(backends));
    trials.extend(live::trials(backends));
    trials.extend(messages::trials(backends));
    trials.extend(penpal_lists::trials(backends));
    trials.extend(photos::trials(backends));
    trials.extend(previews::trials(backends));
    trials.extend(receipts::trials(backends));
    trials.extend(reflections::trials(backends));
    trials.extend(screening::trials(backends));
    trials.extend(search::trials(backends));
    trials.extend(sessions::trials(backends));
    trials.extend(signing_in::trials(backends));
    trials.extend(second_factor::trials(backends));
    trials.extend(sudo::trials(backends));
    trials.extend(uploads::trials(backends));
    trials.extend(mailing::trials(backends));
    trials.extend(mails::trials(backends));
    trials.extend(news::trials(backends));
    trials.extend(notices::trials(backends));
    trials.extend(walls::trials(backends));
    trials.extend(why::trials(backends));
    trials.extend(writers::trials(backends));
    trials
}
