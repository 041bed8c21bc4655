//! A document for every field of the schema.

use serde_json::{Map, Value};

/// What an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// One member, named in the variables.
    Member,
    /// What belongs to one member alone, named in the variables.
    Belonging,
    /// The viewer, or nobody.
    Viewer,
    /// An act toward the member, or on the belonging, in the variables.
    Act,
}

/// A document, by name.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) name: &'static str,
    pub(super) about: About,
    pub(super) text: String,
}

pub(super) const PROFILE: &str = "profile { fullName email birthDate age gender country { code name } city \
     languages { language { code name } fluency } occupation interests { slug name category } aboutMe lastSeen \
     phone postalAddress birthday education relationship lookingFor webHandles { service address } joinedOn \
     access(field: CITY) }";
const PAGE: &str = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
const ERRORS: &str = "userErrors { field message code }";
const VISIBILITY: &str =
    "{ field audience widest default careful open lists { id name } except { id name } }";
const EXPOSURE: &str = "{ field audience inWords count rulings { onlooker sees rule } }";
const BOUNDS: &str = "{ shown atLeast atMost }";
const WARNINGS: &str = "warnings { code fields message }";
const LIST: &str = "id name createdAt memberCount members(first: 5) { edges { cursor node { id displayName } } \
     pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }";
const FINDABILITY: &str = "{ bySearch byHandle byEmail }";
const COUNT: &str = "{ value more }";
const SUGGESTION: &str = "{ kind code name }";
const MESSAGE: &str = "{ id conversationId sentByMe text sentAt readAt readByMe }";
const RULES: &str =
    "{ writers minAge maxAge countries { code name } sharedLanguage sharedInterest minLength }";
const COMMENT: &str = "{ id postId text audience writtenAt editedAt edits { text writtenAt } author { id displayName } \
     wall { id displayName } }";
const PHOTO: &str = "{ id caption width height album address(size: SMALL) audience sentAt }";
const ALBUM: &str = "{ id title audience createdAt }";
const SESSION: &str = "id current transport createdAt lastUsedAt expiresAt";

fn member() -> String {
    format!(
        "id handle displayName bond {PROFILE} penpals(first: 5) {{ totalCount edges {{ cursor node {{ id displayName }} }} {PAGE} }} \
         mutualPenpals(first: 5) {{ totalCount edges {{ cursor node {{ id displayName }} }} {PAGE} }} \
         profilePhoto {PHOTO} photos(first: 2) {{ edges {{ cursor node {PHOTO} }} {PAGE} }} \
         albums(first: 1) {{ edges {{ cursor node {ALBUM} }} {PAGE} }}"
    )
}

fn post() -> String {
    format!(
        "{{ id text audience writtenAt editedAt edits {{ text writtenAt }} author {{ id displayName }} wall {{ id displayName }} \
         commentCount comments(first: 3) {{ edges {{ cursor node {COMMENT} }} {PAGE} }} }}"
    )
}

fn notice() -> String {
    format!(
        "{{ id kind category createdAt read announcement member {{ id displayName }} post {} comment {COMMENT} }}",
        post()
    )
}

fn conversation() -> String {
    format!(
        "id stage archived muted unreadCount draft updatedAt lastMessage {MESSAGE} member {{ {} }} \
         messages(last: 5) {{ edges {{ cursor node {MESSAGE} }} {PAGE} }}",
        member()
    )
}

fn request() -> String {
    format!("id sentByMe askedAt member {{ {} }}", member())
}

fn me() -> String {
    let (member, request, conversation) = (member(), request(), "id unreadCount");
    format!(
        "me {{ member {{ {member} }} visibility {VISIBILITY} pendingBirthDate reauthenticatedUntil secondFactor {{ enabledAt recoveryCodesLeft }} sessions {{ {SESSION} }} \
         lists {{ {LIST} }} findability {FINDABILITY} exposure(field: CITY) {EXPOSURE} viewAs(onlooker: PENPAL) {{ handle displayName penpals {BOUNDS} mutualPenpals {BOUNDS} {PROFILE} }} \
         previewVisibility(preset: OPEN) {{ changes {{ field before {EXPOSURE} after {EXPOSURE} penpalsGaining penpalsLosing \
         shifts {{ onlooker list {{ id name }} sees rule inWords }} }} {WARNINGS} {ERRORS} }} \
         wrong: previewVisibility(input: {{entries: [{{field: EMAIL, audience: PUBLIC}}]}}) {{ {ERRORS} }} \
         why(field: CITY, onlooker: ADULT) {{ field onlooker sees rule facts {{ about inWords }} }} \
         requestsReceived(first: 5) {{ edges {{ cursor node {{ {request} }} }} {PAGE} }} \
         requestsSent(first: 5) {{ edges {{ cursor node {{ id member {{ id }} }} }} {PAGE} }} \
         conversations(first: 5) {{ edges {{ cursor node {{ {conversation} }} }} {PAGE} }} \
         emailConfirmed mailPreferences {{ category wanted refusable }} searchMessages(words: \"lantern\", first: 5) {{ edges {{ cursor node {MESSAGE} }} {PAGE} }} contactRules {RULES} \
         blocks(first: 5) {{ edges {{ cursor node {{ id handle blockedAt }} }} {PAGE} }} }}"
    )
}

/// Every document, in the order in which they are asked.
pub(super) fn documents() -> Vec<Document> {
    let (member, request, me) = (member(), request(), me());
    let conversation = conversation();
    let (post, notice) = (post(), notice());
    let kept = format!("conversation {{ {conversation} }}");
    let document = |name, about, text: String| Document { name, about, text };
    let mut all = vec![
        document("member", About::Member, format!("query($id: ID!) {{ member(id: $id) {{ {member} }} }}")),
        document(
            "memberByHandle",
            About::Member,
            format!("query($handle: String!) {{ memberByHandle(handle: $handle) {{ {member} }} }}"),
        ),
        document("node", About::Member, format!("query($id: ID!) {{ node(id: $id) {{ id ... on Member {{ {member} }} }} }}")),
        document(
            "nodes",
            About::Member,
            format!("query($id: ID!) {{ nodes(ids: [$id]) {{ id ... on Member {{ {member} }} }} }}"),
        ),
        document("members", About::Viewer, format!("{{ members(first: 30) {{ edges {{ cursor node {{ {member} }} }} {PAGE} }} }}")),
        document(
            "searchMembers",
            About::Viewer,
            format!(
                "{{ searchMembers(first: 20, orderBy: BEST_MATCH, filter: {{words: \"very\"}}) {{ totalCount {COUNT} \
                 facets {{ countries {{ country {{ code name }} count {COUNT} }} languages {{ language {{ code name }} count {COUNT} }} \
                 interests {{ interest {{ slug name category }} count {COUNT} }} }} \
                 edges {{ cursor match {{ score reasons {{ kind points }} }} \
                 highlights {{ field parts {{ text matched }} cutBefore cutAfter }} node {{ {member} }} }} {PAGE} }} \
                 slips: searchMembers(first: 1, filter: {{words: \"portugeese\"}}) {{ didYouMean {{ word suggestion {SUGGESTION} }} }} }}"
            ),
        ),
        document(
            "searchSuggestions",
            About::Viewer,
            format!("{{ searchSuggestions(text: \"por\") {SUGGESTION} }}"),
        ),
        document(
            "checkText",
            About::Viewer,
            format!("query($text: String!) {{ checkText(text: $text) {{ findings {{ kind start end }} {ERRORS} }} }}"),
        ),
        document(
            "memberByEmail",
            About::Viewer,
            format!("query($email: String!) {{ memberByEmail(email: $email) {{ {member} }} }}"),
        ),
        document(
            "node of a session",
            About::Belonging,
            format!("query($session: ID!) {{ node(id: $session) {{ id ... on Session {{ {SESSION} }} }} }}"),
        ),
        document(
            "node of a request",
            About::Belonging,
            format!("query($request: ID!) {{ node(id: $request) {{ id ... on PenpalRequest {{ {request} }} }} }}"),
        ),
        document(
            "node of a list",
            About::Belonging,
            format!("query($list: ID!) {{ node(id: $list) {{ id ... on PenpalList {{ {LIST} }} }} }}"),
        ),
        document(
            "node of a conversation",
            About::Belonging,
            format!("query($conversation: ID!) {{ node(id: $conversation) {{ id ... on Conversation {{ {conversation} }} }} }}"),
        ),
        document(
            "node of a message",
            About::Belonging,
            format!("query($message: ID!) {{ node(id: $message) {{ id ... on Message {MESSAGE} }} }}"),
        ),
        document(
            "node of a post",
            About::Belonging,
            format!("query($post: ID!) {{ node(id: $post) {{ id ... on Post {post} }} }}"),
        ),
        document(
            "node of a comment",
            About::Belonging,
            format!("query($comment: ID!) {{ node(id: $comment) {{ id ... on Comment {COMMENT} }} }}"),
        ),
        document(
            "wall",
            About::Belonging,
            format!("query($id: ID!) {{ member(id: $id) {{ wall(first: 5) {{ edges {{ cursor node {post} }} {PAGE} }} }} }}"),
        ),
        document(
            "walls",
            About::Viewer,
            format!(
                "{{ me {{ feed(first: 5) {{ edges {{ cursor node {post} }} {PAGE} }} posts(first: 5) {{ edges {{ cursor node {post} }} {PAGE} }} \
                 comments(first: 5) {{ edges {{ cursor node {COMMENT} }} {PAGE} }} }} }}"
            ),
        ),
        document(
            "notices",
            About::Viewer,
            format!(
                "{{ me {{ unreadNoticeCount notices(first: 9, unreadOnly: false) {{ edges {{ cursor node {notice} }} {PAGE} }} }} }}"
            ),
        ),
        document(
            "node of a notice",
            About::Belonging,
            format!("query($notice: ID!) {{ node(id: $notice) {{ id ... on Notice {notice} }} }}"),
        ),
        document(
            "conversationWith",
            About::Viewer,
            format!("query($id: ID!) {{ conversationWith(member: $id) {{ {conversation} }} }}"),
        ),
        document(
            "conversations that wait",
            About::Viewer,
            format!(
                "{{ me {{ conversations(folder: REQUESTS, first: 5) {{ edges {{ node {{ {conversation} }} }} }} \
                 put: conversations(folder: ARCHIVE, first: 5) {{ edges {{ node {{ {conversation} }} }} }} }} }}"
            ),
        ),
        document(
            "messageReceived",
            About::Viewer,
            format!("subscription {{ messageReceived {{ cursor message {MESSAGE} conversation {{ {conversation} }} }} }}"),
        ),
        document(
            "noticeReceived",
            About::Viewer,
            format!("subscription {{ noticeReceived {{ cursor notice {notice} }} }}"),
        ),
        document(
            "conversationChanged",
            About::Viewer,
            format!("subscription {{ conversationChanged {{ cursor conversation {{ {conversation} }} }} }}"),
        ),
        document(
            "presence",
            About::Viewer,
            format!("subscription($id: ID!) {{ presence(members: [$id]) {{ member {{ {member} }} }} }}"),
        ),
        document("me", About::Viewer, format!("{{ {me} }}")),
        document("myVisibility", About::Viewer, format!("{{ myVisibility {VISIBILITY} }}")),
        document(
            "catalogue",
            About::Viewer,
            "{ governedFields { field bounds adultDefault teenDefault careful open adultWidest teenWidest policyClause purpose \
             statistics } countries { code name } languages { code name } interests { slug name category } }"
                .to_owned(),
        ),
    ];
    let acts = [
        (
            "screenAge",
            "$date: Date!",
            "input: {birthDate: $date}",
            "screeningToken".to_owned(),
        ),
        (
            "signUp",
            "$signUp: SignUpInput!",
            "input: $signUp",
            format!("token deviceToken {me}"),
        ),
        (
            "signIn",
            "$email: String!, $password: String!",
            "input: {email: $email, password: $password, transport: BEARER}",
            format!("token deviceToken {me}"),
        ),
        (
            "updateProfile",
            "$profile: UpdateProfileInput!",
            "input: $profile",
            me.clone(),
        ),
        (
            "setVisibility",
            "$audience: Audience!",
            "input: {entries: [{field: EMAIL, audience: $audience}]}",
            format!("visibility {VISIBILITY} {WARNINGS}"),
        ),
        (
            "setVisibility to a list",
            "$list: ID!",
            "input: {entries: [{field: CITY, audience: LISTS, lists: [$list]}, \
             {field: AGE, audience: MEMBERS, except: [$list]}]}",
            format!("visibility {VISIBILITY} {WARNINGS}"),
        ),
        (
            "applyPreset",
            "$preset: Preset!",
            "input: {preset: $preset}",
            format!("visibility {VISIBILITY} {WARNINGS}"),
        ),
        (
            "setFindability",
            "$finders: Finders!",
            "input: {byEmail: $finders}",
            format!("findability {FINDABILITY}"),
        ),
        (
            "createList",
            "$name: String!",
            "input: {name: $name}",
            format!("list {{ {LIST} }}"),
        ),
        (
            "renameList",
            "$list: ID!, $name: String!",
            "input: {list: $list, name: $name}",
            format!("list {{ {LIST} }}"),
        ),
        (
            "addToList",
            "$list: ID!, $id: ID!",
            "input: {list: $list, members: [$id]}",
            format!("list {{ {LIST} }}"),
        ),
        (
            "removeFromList",
            "$list: ID!, $id: ID!",
            "input: {list: $list, members: [$id]}",
            format!("list {{ {LIST} }}"),
        ),
        (
            "deleteList",
            "$list: ID!",
            "input: {list: $list}",
            "deleted narrowed".to_owned(),
        ),
        (
            "changePassword",
            "$newPassword: String!",
            "input: {newPassword: $newPassword}",
            me.clone(),
        ),
        (
            "changeEmail",
            "$newEmail: String!",
            "input: {email: $newEmail}",
            me.clone(),
        ),
        (
            "requestPasswordReset",
            "$newEmail: String!",
            "input: {email: $newEmail}",
            String::new(),
        ),
        (
            "resetPassword",
            "$newPassword: String!",
            "input: {token: \"no link\", newPassword: $newPassword}",
            String::new(),
        ),
        (
            "confirmEmail",
            "$text: String!",
            "input: {token: $text}",
            String::new(),
        ),
        (
            "correctBirthDate",
            "$date: Date!",
            "input: {birthDate: $date}",
            me.clone(),
        ),
        (
            "askPenpal",
            "$id: ID!",
            "input: {member: $id}",
            format!("member {{ {member} }}"),
        ),
        (
            "acceptPenpal",
            "$id: ID!",
            "input: {member: $id}",
            format!("member {{ {member} }}"),
        ),
        (
            "declinePenpal",
            "$id: ID!",
            "input: {member: $id}",
            format!("member {{ {member} }}"),
        ),
        (
            "withdrawPenpal",
            "$id: ID!",
            "input: {member: $id}",
            format!("member {{ {member} }}"),
        ),
        (
            "endPenpal",
            "$id: ID!",
            "input: {member: $id}",
            format!("member {{ {member} }}"),
        ),
        (
            "block",
            "$id: ID!",
            "input: {member: $id}",
            "block { id handle blockedAt }".to_owned(),
        ),
        (
            "unblock",
            "$block: ID!",
            "input: {block: $block}",
            "unblocked".to_owned(),
        ),
        (
            "sendMessage",
            "$id: ID!, $text: String!",
            "input: {to: {member: $id}, text: $text, clientKey: \"key-of-the-tests-1\"}",
            format!("message {MESSAGE} {kept}"),
        ),
        (
            "sendMessage into a conversation",
            "$conversation: ID!, $text: String!",
            "input: {to: {conversation: $conversation}, text: $text, clientKey: \"key-of-the-tests-2\"}",
            format!("message {MESSAGE} {kept}"),
        ),
        (
            "acceptConversation",
            "$conversation: ID!",
            "input: {conversation: $conversation}",
            kept.clone(),
        ),
        (
            "markRead",
            "$conversation: ID!, $message: ID!",
            "input: {conversation: $conversation, message: $message}",
            kept.clone(),
        ),
        (
            "archiveConversation",
            "$conversation: ID!",
            "input: {conversation: $conversation, archived: true}",
            kept.clone(),
        ),
        (
            "muteConversation",
            "$conversation: ID!",
            "input: {conversation: $conversation, muted: true}",
            kept.clone(),
        ),
        (
            "saveDraft",
            "$conversation: ID!, $text: String!",
            "input: {conversation: $conversation, text: $text}",
            kept.clone(),
        ),
        (
            "deleteConversation",
            "$conversation: ID!",
            "input: {conversation: $conversation}",
            kept.clone(),
        ),
        (
            "deleteMessage",
            "$message: ID!",
            "input: {message: $message}",
            "deleted".to_owned(),
        ),
        (
            "setContactRules",
            "$youngest: Int!",
            "input: {writers: NOBODY, minAge: $youngest, maxAge: 99, countries: [\"PT\"]}",
            format!("contactRules {RULES}"),
        ),
        (
            "createPost",
            "$text: String!",
            "input: {text: $text, audience: MEMBERS}",
            format!("post {post}"),
        ),
        (
            "createPost on a wall",
            "$id: ID!, $text: String!",
            "input: {wall: $id, text: $text, audience: PENPALS_NOW}",
            format!("post {post}"),
        ),
        (
            "createComment",
            "$post: ID!, $text: String!",
            "input: {post: $post, text: $text, audience: PENPALS}",
            format!("comment {COMMENT}"),
        ),
        (
            "editPost",
            "$post: ID!, $text: String!",
            "input: {post: $post, text: $text, audience: MEMBERS}",
            format!("post {post}"),
        ),
        (
            "editComment",
            "$comment: ID!, $text: String!",
            "input: {comment: $comment, text: $text, audience: MEMBERS}",
            format!("comment {COMMENT}"),
        ),
        (
            "deleteComment",
            "$comment: ID!",
            "input: {comment: $comment}",
            "deletedId".to_owned(),
        ),
        (
            "deletePost",
            "$post: ID!",
            "input: {post: $post}",
            "deletedId".to_owned(),
        ),
        (
            "setMailPreference",
            "$wanted: Boolean!",
            "input: {category: SOCIAL, wanted: $wanted}",
            "mailPreferences { category wanted refusable }".to_owned(),
        ),
        (
            "setMailPreference that cannot be",
            "$wanted: Boolean!",
            "input: {category: SECURITY, wanted: $wanted}",
            "mailPreferences { category wanted refusable }".to_owned(),
        ),
        (
            "markNoticesRead",
            "$notice: ID!",
            "input: {notices: [$notice]}",
            "unreadNoticeCount".to_owned(),
        ),
        (
            "markNoticesRead up to one",
            "$notice: ID!",
            "input: {upTo: $notice}",
            "unreadNoticeCount".to_owned(),
        ),
        (
            "report",
            "$message: ID!, $text: String!",
            "input: {target: {message: $message}, reason: OTHER, remark: $text}",
            "reported".to_owned(),
        ),
        (
            "report a member",
            "$id: ID!",
            "input: {target: {member: $id}, reason: SPAM}",
            "reported".to_owned(),
        ),
        (
            "reauthenticate",
            "$password: String!",
            "input: {password: $password}",
            "reauthenticatedUntil".to_owned(),
        ),
        (
            "enableSecondFactor",
            "$code: String!",
            "input: {code: $code}",
            "recoveryCodes me { member { id } }".to_owned(),
        ),
        (
            "updatePhoto",
            "$photo: ID!, $album: ID!, $text: String!",
            "input: {photo: $photo, album: $album, caption: $text, audience: ONLY_ME}",
            format!("photo {PHOTO}"),
        ),
        (
            "deletePhoto",
            "$photo: ID!",
            "input: {photo: $photo}",
            "deleted".to_owned(),
        ),
        (
            "setProfilePhoto",
            "$photo: ID!",
            "input: {photo: $photo}",
            format!("photo {PHOTO}"),
        ),
        (
            "createAlbum",
            "$name: String!",
            "input: {title: $name, audience: MEMBERS}",
            format!("album {ALBUM}"),
        ),
        (
            "updateAlbum",
            "$album: ID!, $name: String!",
            "input: {album: $album, title: $name, audience: PENPALS}",
            format!("album {ALBUM}"),
        ),
        (
            "deleteAlbum",
            "$album: ID!",
            "input: {album: $album}",
            "deleted".to_owned(),
        ),
        (
            "revokeSession",
            "$session: ID!",
            "id: $session",
            "revoked".to_owned(),
        ),
    ];
    for (name, variables, arguments, payload) in acts {
        let field = name.split(' ').next().unwrap();
        let text =
            format!("mutation({variables}) {{ {field}({arguments}) {{ {payload} {ERRORS} }} }}");
        all.push(document(name, About::Act, text));
    }
    const FACTOR: &str = "recoveryCodes me { member { id } }";
    for (name, payload) in [
        ("revokeOtherSessions", "revoked"),
        ("signOut", "signedOut"),
        ("prepareSecondFactor", "key uri"),
        ("requestEmailConfirmation", "me { emailConfirmed }"),
        ("requestPhotoUpload", "upload { path expiresAt longest }"),
        ("renewRecoveryCodes", FACTOR),
        ("disableSecondFactor", FACTOR),
    ] {
        all.push(document(
            name,
            About::Act,
            format!("mutation {{ {name} {{ {payload} {ERRORS} }} }}"),
        ));
    }
    all.push(document(
        "block by handle",
        About::Act,
        format!("mutation($handle: String!) {{ block(input: {{handle: $handle}}) {{ block {{ id handle blockedAt }} {ERRORS} }} }}"),
    ));
    all
}

/// Those of `variables` that the document declares.
pub(super) fn declared(document: &str, variables: &Value) -> Value {
    let all = variables.as_object().unwrap();
    let declared = all
        .iter()
        .filter(|(name, _)| document.contains(&format!("${name}:")));
    Value::Object(
        declared
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Map<_, _>>(),
    )
}
