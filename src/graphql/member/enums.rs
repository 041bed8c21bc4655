//! The enums of the wire, held equal to the domain's by the compiler.

use async_graphql::Enum;

use crate::domain;

/// Who may see a field, from fewest to most.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::audience::Audience")]
pub enum Audience {
    /// The owner alone.
    OnlyMe,
    /// Those of the owner's penpals who stand on lists that the owner chose.
    Lists,
    /// The owner's penpals.
    Penpals,
    /// Everyone who is signed in and for whom the owner exists.
    Members,
    /// Visitors too. Setting any field to it shows the handle and the display name to visitors. Not
    /// offered to teens.
    Public,
}

/// Who may look at a photo or an album, from fewest to most.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhotoAudience {
    /// The owner alone.
    OnlyMe,
    /// The owner's penpals.
    Penpals,
    /// Everyone who is signed in and for whom the owner exists. Not offered to teens.
    Members,
    /// Visitors too, where the owner exists for them. Not offered to teens.
    Public,
}

impl From<PhotoAudience> for domain::audience::Audience {
    fn from(audience: PhotoAudience) -> Self {
        match audience {
            PhotoAudience::OnlyMe => Self::OnlyMe,
            PhotoAudience::Penpals => Self::Penpals,
            PhotoAudience::Members => Self::Members,
            PhotoAudience::Public => Self::Public,
        }
    }
}

impl From<domain::audience::Audience> for PhotoAudience {
    fn from(audience: domain::audience::Audience) -> Self {
        use domain::audience::Audience;
        match audience {
            Audience::OnlyMe | Audience::Lists => Self::OnlyMe,
            Audience::Penpals => Self::Penpals,
            Audience::Members => Self::Members,
            Audience::Public => Self::Public,
        }
    }
}

/// How large a photo is wanted. One that is smaller stays as it is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::pictures::Size")]
pub enum PhotoSize {
    /// At most 160 pixels on the longer side.
    Small,
    /// At most 640 pixels on the longer side.
    Medium,
    /// At most 1600 pixels on the longer side.
    Large,
}

/// A field whose visibility its owner decides.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::profile::Field")]
pub enum GovernedField {
    /// `Profile.fullName`
    FullName,
    /// `Profile.email`
    Email,
    /// `Profile.birthDate`
    BirthDate,
    /// `Profile.age`
    Age,
    /// `Profile.gender`
    Gender,
    /// `Profile.country`
    Country,
    /// `Profile.city`
    City,
    /// `Profile.languages`
    Languages,
    /// `Profile.occupation`
    Occupation,
    /// `Profile.interests`
    Interests,
    /// `Profile.aboutMe`
    AboutMe,
    /// `Profile.lastSeen`
    LastSeen,
    /// `Profile.phone`
    Phone,
    /// `Profile.postalAddress`
    PostalAddress,
    /// `Profile.birthday`
    Birthday,
    /// `Profile.education`
    Education,
    /// `Profile.relationship`
    Relationship,
    /// `Profile.lookingFor`
    LookingFor,
    /// `Profile.webHandles`
    WebHandles,
    /// `Profile.joinedOn`
    Joined,
    /// `Member.penpals`
    Penpals,
    /// `Member.mutualPenpals`
    MutualPenpals,
}

/// Audiences for all fields at once.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::profile::Preset")]
pub enum Preset {
    /// Little, to few.
    Careful,
    /// Much, to many; contact details not.
    Open,
}

/// How somebody lives with whom, as a member states it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::profile::Relationship")]
pub enum Relationship {
    /// Single.
    Single,
    /// In a relationship.
    Partnered,
    /// Married.
    Married,
    /// Separated.
    Separated,
    /// Divorced.
    Divorced,
    /// Widowed.
    Widowed,
    /// Another.
    Other,
}

/// Gender, as a member states it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::profile::Gender")]
pub enum Gender {
    /// A woman.
    Woman,
    /// A man.
    Man,
    /// Non-binary.
    NonBinary,
    /// Another.
    Other,
}

/// How well a language is spoken: natively, or learned to a level of the Common European Framework of
/// Reference for Languages.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::spoken::Fluency")]
pub enum Fluency {
    /// Native.
    Native,
    /// Breakthrough.
    A1,
    /// Waystage.
    A2,
    /// Threshold.
    B1,
    /// Vantage.
    B2,
    /// Advanced.
    C1,
    /// Mastery.
    C2,
}

/// What a governed field has for the viewer.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// There is something, and the viewer may see it.
    Visible,
    /// There is nothing for the viewer: hidden and empty look alike.
    Unavailable,
}

/// What a datum is kept for.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::profile::Purpose")]
pub enum Purpose {
    /// Providing the service.
    Provision,
    /// Identification and authentication.
    Identification,
    /// Contact.
    Contact,
}

/// How the viewer and a member stand to each other, as far as the viewer knows.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bond {
    /// They are one and the same.
    Myself,
    /// Nothing between them.
    None,
    /// The viewer has asked.
    AskedByMe,
    /// The member has asked.
    AskedMe,
    /// Penpals.
    Penpals,
}

/// How a session's token travels.
#[derive(Enum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionTransport {
    /// In a cookie that scripts cannot read: for browsers. The token is never in a body.
    #[default]
    Cookie,
    /// In `Authorization: Bearer`: for other programs. The token is shown once.
    Bearer,
}
