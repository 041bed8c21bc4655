//! What lies between inhabitants, written in large pieces.

use serde_json::json;

use super::Tie;
use crate::store::{
    Error,
    bulk::{Rows, shapes},
    conn::Conn,
    penpal_lists,
    tables::{audience_lists, blocks, bond_requests, bonds, list_members, lists},
};

shapes! {
    BONDS = bonds {
        member_id: BigInt,
        penpal_id: BigInt,
        since_at: BigInt,
    }
    REQUESTS = bond_requests {
        id: BigInt,
        from_id: BigInt,
        to_id: BigInt,
        asked_at: BigInt,
        withdrawn: Bool,
    }
    BLOCKS = blocks {
        id: BigInt,
        blocker_id: BigInt,
        blocked_id: BigInt,
        handle: Text,
        blocked_at: BigInt,
    }
    LISTS = lists {
        id: BigInt,
        owner_id: BigInt,
        name: Text,
        name_folded: Text,
        created_at: BigInt,
    }
    LIST_MEMBERS = list_members {
        list_id: BigInt,
        member_id: BigInt,
        added_at: BigInt,
    }
    AUDIENCE_LISTS = audience_lists {
        owner_id: BigInt,
        field: SmallInt,
        list_id: BigInt,
        excepted: Bool,
    }
}

pub(super) async fn knot(tx: &mut Conn, ties: &[(Tie, i64)]) -> Result<(), Error> {
    let (mut bonds, mut requests) = (Rows::of(&BONDS), Rows::of(&REQUESTS));
    let (mut blocks, mut lists) = (Rows::of(&BLOCKS), Rows::of(&LISTS));
    let (mut list_members, mut named) = (Rows::of(&LIST_MEMBERS), Rows::of(&AUDIENCE_LISTS));
    for (tie, at) in ties {
        let at = json!(at);
        match tie {
            Tie::Bond(one, other) => {
                for (from, to) in [(one, other), (other, one)] {
                    bonds.push([json!(from.key()), json!(to.key()), at.clone()]);
                }
            }
            Tie::Request(id, from, to) => requests.push([
                json!(id.key()),
                json!(from.key()),
                json!(to.key()),
                at,
                json!(false),
            ]),
            Tie::Block(id, blocker, blocked, handle) => blocks.push([
                json!(id.key()),
                json!(blocker.key()),
                json!(blocked.key()),
                json!(handle.as_str()),
                at,
            ]),
            Tie::List(id, owner, list) => {
                lists.push([
                    json!(id.key()),
                    json!(owner.key()),
                    json!(list.name),
                    json!(penpal_lists::folded(&list.name)),
                    at.clone(),
                ]);
                for member in &list.members {
                    list_members.push([json!(id.key()), json!(member.key()), at.clone()]);
                }
                let shown = list.shown.iter().map(|field| (field, false));
                for (field, excepted) in shown.chain(list.excepted.iter().map(|it| (it, true))) {
                    named.push([
                        json!(owner.key()),
                        json!(field.index()),
                        json!(id.key()),
                        json!(excepted),
                    ]);
                }
            }
        }
    }
    for rows in [bonds, requests, blocks, lists, list_members, named] {
        rows.insert(tx).await?;
    }
    Ok(())
}
