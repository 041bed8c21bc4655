//! That a cursor opens where it was given and nowhere else.

use proptest::prelude::*;

use super::*;

fn sealer() -> Sealer {
    Sealer::from_secret(&[7; 64]).unwrap()
}

/// Few keys, so that lists, owners and viewers of the same number meet.
fn any_key() -> impl Strategy<Value = i64> {
    prop_oneof![3 => 1..4i64, 1 => 1..=i64::MAX]
}

fn any_list() -> impl Strategy<Value = List> {
    let owner = || any_key().prop_map(MemberId::from_key);
    prop_oneof![
        Just(List::Members),
        owner().prop_map(List::PenpalsOf),
        owner().prop_map(List::MutualOf),
        any_key().prop_map(|key| List::On(ListId::from_key(key))),
        Just(List::Sent),
        Just(List::Received),
        Just(List::Blocks),
        any_key().prop_map(List::Found),
    ]
}

fn any_viewer() -> impl Strategy<Value = Viewer> {
    prop_oneof![
        1 => Just(Viewer::Visitor),
        3 => any_key().prop_map(|key| Viewer::Member(MemberId::from_key(key))),
    ]
}

fn any_place() -> impl Strategy<Value = Place> {
    any::<(i64, i64)>().prop_map(|(at, id)| Place { at, id })
}

proptest! {
    #[test]
    fn a_cursor_opens_for_its_list_and_its_viewer_alone(
        lists in (any_list(), any_list()),
        viewers in (any_viewer(), any_viewer()),
        place in any_place(),
    ) {
        let sealer = sealer();
        let cursor = lists.0.seal(&sealer, viewers.0, place);
        let open = |list: List, viewer| list.open(&sealer, viewer, &cursor);
        prop_assert_eq!(open(lists.0, viewers.0), Some(place));
        let same = format!("{:?}", lists.0) == format!("{:?}", lists.1);
        prop_assert_eq!(open(lists.1, viewers.0), same.then_some(place));
        let same = same && viewers.0 == viewers.1;
        prop_assert_eq!(open(lists.1, viewers.1), same.then_some(place));
        let other = Sealer::from_secret(&[8; 64]).unwrap();
        prop_assert_eq!(lists.0.open(&other, viewers.0, &cursor), None);
    }

    /// Neighbours in a list do not look alike: a cursor tells nobody where in it something stands.
    #[test]
    fn a_cursor_is_no_place_that_can_be_read(
        list in any_list(),
        viewer in any_viewer(),
        place in any_place(),
        text in ".{0,60}",
    ) {
        let sealer = sealer();
        let cursor = list.seal(&sealer, viewer, place);
        prop_assert_eq!(cursor.len(), 43);
        prop_assert_eq!(&list.seal(&sealer, viewer, place), &cursor);
        let next = Place { id: place.id.wrapping_add(1), ..place };
        let next = list.seal(&sealer, viewer, next);
        let alike = cursor.bytes().zip(next.bytes()).take_while(|(one, other)| one == other);
        prop_assert!(alike.count() < 21);
        prop_assert_eq!(list.open(&sealer, viewer, &text), None);
    }

    /// What is sealed for something else, or is of another length, is no cursor.
    #[test]
    fn what_is_no_place_is_no_cursor(
        list in any_list(),
        viewer in any_viewer(),
        plain in prop::collection::vec(any::<u8>(), 0..40),
        purpose in prop::sample::select(vec!["cursor", "age screen"]),
    ) {
        let sealer = sealer();
        let sealed = sealer.seal(purpose, &list.context(viewer), &plain);
        let opens = list.open(&sealer, viewer, &sealed).is_some();
        prop_assert_eq!(opens, purpose == "cursor" && plain.len() == 16);
    }
}
