//! The members' schema: for members and visitors.

pub mod account;
pub mod albums;
pub mod blocks;
pub mod bonds;
pub mod both_ways;
pub mod catalog;
pub mod checking;
pub mod coming_in;
pub mod connection;
pub mod contact;
pub mod conversations;
pub mod enums;
pub mod exposure;
pub mod fields;
pub mod findability;
pub mod foresight;
pub mod keeping;
pub mod linked;
pub mod lists;
pub mod mails;
pub mod me;
pub mod members;
pub mod messages;
pub mod notices;
pub mod payload;
pub mod photographing;
pub mod photos;
pub mod posted;
pub mod posting;
pub mod preview;
pub mod profile;
pub mod query;
pub mod reauthentication;
pub mod reflection;
pub mod reports;
pub mod requests;
pub mod scalars;
pub mod search;
pub mod second_factor;
pub mod sending;
pub mod sessions;
pub mod settings;
pub mod subscription;
pub mod walls;
pub mod warnings;
pub mod why;

use async_graphql::{MergedObject, Schema, SchemaBuilder};

pub use query::Query;
pub use subscription::Events;

/// What members do.
#[derive(MergedObject, Default)]
pub struct Mutation(
    coming_in::ComingIn,
    sessions::Sessions,
    reauthentication::Reauthentication,
    second_factor::SecondFactors,
    account::Account,
    settings::Settings,
    findability::Finding,
    lists::Lists,
    profile::Editing,
    bonds::Bonds,
    bonds::Blocking,
    sending::Sending,
    keeping::Keeping,
    contact::Contact,
    reports::Reporting,
    posting::Posting,
    photographing::Photographing,
    albums::Albums,
    notices::Noticing,
    mails::Mails,
    linked::Linked,
);

/// The schema without its data, with its limits.
pub fn builder() -> SchemaBuilder<Query, Mutation, Events> {
    Schema::build(Query, Mutation::default(), Events)
        // A connection counts its children as often as `first` says. The library's own look for
        // recursion is bounded by the document guard of `http`, which counts first.
        .limit_complexity(LARGEST_COST)
        .limit_depth(DEEPEST)
        .disable_suggestions()
}

/// The most fields that a document may ask for, each as often as its connections say.
pub const LARGEST_COST: usize = 10_000;
/// The deepest nesting; introspection by GraphiQL needs 15.
pub const DEEPEST: usize = 17;
