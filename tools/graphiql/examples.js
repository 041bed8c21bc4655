// What the demo's visitor finds in the first tabs. The wire's tests run these very documents, so that a change of the
// schema that breaks one shows there.

/** The password that all sign-ins of the demo world share. */
export const demoPassword = 'paper-boats-sail-at-dawn';

/** The demo's sign-ins by what sets each apart. */
export const demoSignIns = {
  ada: { email: 'ada@letterlock.example', standing: 'an adult with penpals' },
  noor: { email: 'noor@letterlock.example', standing: 'a newcomer' },
  tim: { email: 'tim@letterlock.example', standing: 'a teenager' },
  boris: { email: 'boris@letterlock.example', standing: 'blocked by Ada' },
  vera: { email: 'vera@letterlock.example', standing: 'shows nothing' },
};

const others = Object.values(demoSignIns)
  .map(({ email, standing }) => `#  ${email}  ${standing}`)
  .join('\n');

/** The tabs of a server that runs the demo world, in the order in which they tell the story. */
export const demoTabs = [
  {
    query: `# A visitor sees what members show to everybody.
# Run it again after the next tab, and compare.
query WhoIsHere {
  members(first: 5) {
    edges {
      node {
        handle
        displayName
        profile {
          country
          city
        }
      }
    }
  }
}
`,
  },
  {
    query: `# Sets a cookie that no script can read.
# The password is the same for all of these:
${others}
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
    variables: JSON.stringify({ input: { email: demoSignIns.ada.email, password: demoPassword } }, null, 2),
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
    myVisibility {
      field
      audience
      widest
    }
  }
}
`,
  },
  {
    query: `# From the very next read on, your city is
# for your penpals alone.
mutation SetAudience($input: SetVisibilityInput!) {
  setVisibility(input: $input) {
    me {
      myVisibility {
        field
        audience
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
    variables: JSON.stringify({ input: { entries: [{ field: 'CITY', audience: 'PENPALS' }] } }, null, 2),
  },
  {
    query: `# A pair of penpals is listed only where both
# of them let you see it. Try other handles.
query ProfileWithPenpals($handle: String!) {
  memberByHandle(handle: $handle) {
    displayName
    profile {
      country
      city
      occupation
      aboutMe
    }
    penpals(first: 10) {
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
    variables: JSON.stringify({ handle: 'ada' }, null, 2),
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
