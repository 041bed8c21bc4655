//! Whether a message is wanted by whom it is for (policy clause C49). It is decided in the transaction that writes it, and
//! its sender is not told: what is not wanted looks like what waits to be read.

use super::{Case, Grants, Wanted, Wish, decide};
use crate::domain::{
    audience::Audience,
    contact::{ContactRules, Told},
    profile::Field,
};

/// What rules compare of the one who writes, as far as the reader may see it: leave to read it.
pub fn of_writer(reader_on_writer: &Case) -> Grants {
    let fields = [
        Field::Age,
        Field::Country,
        Field::Languages,
        Field::Interests,
    ];
    Grants::ask(reader_on_writer, wanted_fields(&fields))
}

/// What rules compare of the reader, as far as the one who writes may see it: leave to read it.
pub fn of_reader(writer_on_reader: &Case) -> Grants {
    Grants::ask(
        writer_on_reader,
        wanted_fields(&[Field::Languages, Field::Interests]),
    )
}

fn wanted_fields(fields: &[Field]) -> Wanted {
    fields.iter().fold(Wanted::NOTHING, |wanted, field| {
        wanted.with(Wish::See(*field))
    })
}

/// Whether the reader wants a first message of the writer's: by whom the reader lets write to them, by what each of the
/// two shows the other, and by how long it is, in characters.
pub fn wanted(
    rules: &ContactRules,
    reader_on_writer: &Case,
    writer: &Told,
    reader: &Told,
    length: usize,
) -> bool {
    reaches(reader_on_writer)
        && match rules.writers {
            Audience::OnlyMe | Audience::Lists => false,
            Audience::Penpals => reader_on_writer.known.pair.penpals,
            Audience::Members | Audience::Public => {
                reader_on_writer.known.pair.penpals || rules.met_by(writer, reader, length)
            }
        }
}

/// Whether a message arrives: the first is wanted, or it goes on with what was accepted.
pub fn arrives(
    rules: &ContactRules,
    accepted: bool,
    reader_on_writer: &Case,
    writer: &Told,
    reader: &Told,
    length: usize,
) -> bool {
    if accepted {
        reaches(reader_on_writer) && rules.writers >= Audience::Penpals
    } else {
        wanted(rules, reader_on_writer, writer, reader, length)
    }
}

/// Whether anything of the writer's reaches the reader: the writer exists for the reader. So it is with what follows on
/// an accepted conversation, too.
pub fn reaches(reader_on_writer: &Case) -> bool {
    decide(Wish::Meet, &reader_on_writer.known).allows()
}
