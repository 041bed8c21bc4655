// What the demo's visitor finds in the first tabs. The wire's tests run these very documents, so that a change of the
// schema that breaks one shows there.

/** The password that all sign-ins of the demo world share. */
export const demoPassword = 'paper-boats-sail-at-dawn';

/** The demo's sign-ins by what sets each apart. Handles and ids are the same in every demo world. */
export const demoSignIns = {
  ada: { email: 'ada@letterlock.example', handle: 'ada-dhdrke', id: 'AUVeFWU06r_H', standing: 'an adult with penpals' },
  noor: { email: 'noor@letterlock.example', handle: 'noor-jwzq5c', id: 'ATieXA5NyIpN', standing: 'a newcomer' },
  tim: { email: 'tim@letterlock.example', handle: 'tim-z0fhx5', id: 'AQ3OSOS-HVTc', standing: 'a teenager' },
  boris: { email: 'boris@letterlock.example', handle: 'boris-jjh9ys', id: 'AR3nWVHvl8tw', standing: 'blocked by Ada' },
  vera: { email: 'vera@letterlock.example', handle: 'vera-b4nyx7', id: 'ASPvo8eyGoYv', standing: 'shows nothing' },
};

// As the world's seed drew her: a page with much for Ada, and not everything.
const penpalOfAda = 'gentleaurora-y666f1';

const signIns = Object.values(demoSignIns)
  .map(({ email, standing }) => `#  ${email}  ${standing}`)
  .join('\n');

const json = value => JSON.stringify(value, null, 2);

/** The tabs of a server that runs the demo world, in the order in which they tell the story. */
export const demoTabs = [
  {
    query: `# A visitor meets those who show something to
# everybody. Sign in with the next tab, run this
# again, and compare: what is hidden is null, and
# looks like what is empty.
query WhoIsHere {
  members(first: 5) {
    edges {
      node {
        handle
        displayName
        profile {
          country {
            name
          }
          city
        }
        bond
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
  },
  {
    query: `# Sets a cookie that no script can read. The
# password is the same for all of these:
${signIns}
mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    me {
      member {
        id
        handle
        displayName
      }
    }
    userErrors {
      field
      code
      message
    }
  }
}
`,
    // GraphiQL underlines input as wrong where a field is left to its default that cannot be null.
    variables: json({ input: { email: demoSignIns.ada.email, password: demoPassword, transport: 'COOKIE' } }),
  },
  {
    query: `# The five of this demo, as they are for you.
# Choose another viewer at the top and run it
# again. For Ada, Tim is too young and
# Boris is blocked: to each other they do not
# exist, and nobody can tell which it is.
query TheFive {
  ada: memberByHandle(handle: "${demoSignIns.ada.handle}") {
    ...Shown
  }
  noor: memberByHandle(handle: "${demoSignIns.noor.handle}") {
    ...Shown
  }
  tim: memberByHandle(handle: "${demoSignIns.tim.handle}") {
    ...Shown
  }
  boris: memberByHandle(handle: "${demoSignIns.boris.handle}") {
    ...Shown
  }
  vera: memberByHandle(handle: "${demoSignIns.vera.handle}") {
    ...Shown
  }
}

fragment Shown on Member {
  displayName
  bond
  profile {
    age
    city
    occupation
    interests {
      name
    }
  }
}
`,
    hidden: ['tim', 'boris'],
  },
  {
    query: `# Who you are, and who may see what of you.
query MyVisibility {
  me {
    member {
      id
      handle
      displayName
    }
    visibility {
      field
      audience
      lists {
        name
      }
      except {
        name
      }
      widest
    }
  }
}
`,
  },
  {
    query: `# From the very next read on, your occupation
# is for your penpals alone. Noor is none: sign
# in as Noor and ask the next tab for
# ${demoSignIns.ada.handle}, before and after.
mutation SetAudience($input: SetVisibilityInput!) {
  setVisibility(input: $input) {
    visibility {
      field
      audience
    }
    userErrors {
      field
      code
      message
    }
  }
}
`,
    variables: json({ input: { entries: [{ field: 'OCCUPATION', audience: 'PENPALS' }] } }),
  },
  {
    query: `# A list of penpals of your own, of which nobody
# else ever learns. Put penpals on it by addToList;
# then setVisibility can show a field to LISTS, or
# to others except the list.
mutation MakeList($input: CreateListInput!) {
  createList(input: $input) {
    list {
      id
      name
      memberCount
    }
    userErrors {
      field
      code
      message
    }
  }
}
`,
    variables: json({ input: { name: 'Paper letters' } }),
  },
  {
    query: `# The page of a penpal of Ada's, as far as it is
# for you. Try ${demoSignIns.ada.handle}, ${demoSignIns.vera.handle} and
# ${demoSignIns.noor.handle}. For Ada ${demoSignIns.tim.handle} and
# ${demoSignIns.boris.handle} do not exist: null, as for
# a handle that nobody has.
query SomebodysPage($handle: String!) {
  memberByHandle(handle: $handle) {
    id
    displayName
    bond
    profile {
      country {
        name
      }
      city
      occupation
      age
      birthDate
      cityHere: access(field: CITY)
      birthDateHere: access(field: BIRTH_DATE)
      aboutMe
      lookingFor
    }
    mutualPenpals(first: 10) {
      totalCount
    }
    penpals(first: 10) {
      totalCount
      edges {
        node {
          handle
          displayName
        }
      }
    }
  }
}
`,
    variables: json({ handle: penpalOfAda }),
  },
  {
    query: `# Adults meet adults. As Tim, who is fifteen, you
# meet teens alone, your fields begin narrower, and
# some can be shown to nobody but penpals.
query AdultsAndTeens {
  members(first: 5) {
    edges {
      node {
        displayName
        profile {
          age
        }
      }
    }
  }
  me {
    visibility {
      field
      default
      widest
    }
  }
}
`,
  },
  {
    query: `# Asks Noor. Then sign in as Noor and look at
# me { requestsReceived(first: 5) { … } }: asking
# back accepts.
mutation BecomePenpals($input: PenpalInput!) {
  askPenpal(input: $input) {
    member {
      handle
      displayName
      bond
    }
    userErrors {
      field
      code
      message
    }
  }
}
`,
    variables: json({ input: { member: demoSignIns.noor.id } }),
  },
  {
    query: `# Writes to Noor. Another message wants another
# clientKey; run it twice with the same one, as
# after a lost answer, and it is sent once.
mutation SendMessage($input: SendMessageInput!) {
  sendMessage(input: $input) {
    message {
      text
      sentAt
      readAt
    }
    conversation {
      id
      stage
    }
    userErrors {
      field
      code
      message
    }
  }
}
`,
    variables: json({
      input: {
        to: { member: demoSignIns.noor.id },
        text: 'Dear Noor,\nwelcome! What does it smell of where you live?',
        clientKey: 'welcome-noor',
      },
    }),
  },
  {
    query: `# The conversations that go on, the latest first.
# folder: REQUESTS has first messages of strangers,
# ARCHIVE what you have put away.
query Inbox {
  me {
    conversations(first: 10) {
      edges {
        node {
          id
          member {
            handle
            displayName
          }
          unreadCount
          lastMessage {
            sentByMe
            text
            sentAt
            readAt
          }
        }
      }
    }
  }
}
`,
  },
  {
    query: `# Goes on until you stop it or leave the tab, and
# shows each message as it arrives. Be Noor here,
# run it, and write to her as Ada in a private
# window. With the last cursor as $after, what
# has come meanwhile comes first.
subscription MessageReceived($after: String) {
  messageReceived(after: $after) {
    message {
      text
      sentAt
    }
    conversation {
      id
      unreadCount
      member {
        handle
        displayName
      }
    }
    cursor
  }
}
`,
    variables: json({ after: null }),
  },
  {
    query: `# Whom you have blocked, known to you alone. As
# Boris there is nothing here that tells of Ada,
# and no page of hers.
query MyBlocks {
  me {
    blocks(first: 10) {
      edges {
        node {
          id
          handle
          blockedAt
        }
      }
    }
  }
}
`,
  },
  {
    query: `# From now on neither exists for the other, and
# nobody is told. unblock takes the block's id.
mutation Block($input: BlockInput!) {
  block(input: $input) {
    block {
      id
      handle
      blockedAt
    }
    userErrors {
      field
      code
      message
    }
  }
}
`,
    variables: json({ input: { handle: demoSignIns.vera.handle } }),
  },
  {
    query: `# What a query touches: look for extensions.privacy
# below the answer. The header (see Headers) asks for
# it. Each decision comes with its rule; content
# names only columns that somebody may see.
query WhatIsTouched {
  ada: memberByHandle(handle: "${demoSignIns.ada.handle}") {
    ...Touched
  }
  boris: memberByHandle(handle: "${demoSignIns.boris.handle}") {
    ...Touched
  }
}

fragment Touched on Member {
  displayName
  profile {
    city
    occupation
    email
  }
}
`,
    headers: json({ 'Letterlock-Explain': '1' }),
    hidden: ['boris'],
  },
  {
    query: `# Makes you a visitor again.
mutation SignOut {
  signOut {
    signedOut
    userErrors {
      field
      code
      message
    }
  }
}
`,
  },
];

/** The one tab of a server without the demo world. */
export const plainTabs = [
  {
    query: `# The book at the left lists what can be asked.
# What you may not see is answered with null.
query Hello {
  __typename
}
`,
  },
];
