// The operations that these tests send, beside GraphiQL's example tabs: all that must follow the schema stands here.

import { demoPassword, demoSignIns } from '../../tools/graphiql/examples.js';

/** The five newest members that a visitor may see. */
export const members = 'query Members { members(first: 5) { edges { node { id handle displayName } } } }';

/** Signs in; with `bearer` the token comes in the body once, else in a cookie. */
export const signIn = `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) { token me { member { id handle displayName } } userErrors { field code message } }
}`;

/** The variables that sign a demo member in with the token in the body. */
export const bearerFor = who => ({
  input: { email: demoSignIns[who].email, password: demoPassword, transport: 'BEARER' },
});

/** The variables that sign a demo member in with the token in a cookie. */
export const cookieFor = who => ({ input: { email: demoSignIns[who].email, password: demoPassword } });

/** Who the sender is, and their city. */
export const me = 'query Me { me { member { id displayName profile { city } } } }';

/** Changes the sender's city. */
export const setCity = `mutation SetCity($city: String!) {
  updateProfile(input: { city: $city }) { userErrors { field code message } }
}`;

/** The same in one piece, for senders that can carry no variables. */
export const setCityInline = city => `mutation { updateProfile(input: { city: ${JSON.stringify(city)} }) { userErrors { code } } }`;

/** The age screen, the step before signing up. */
export const screenAge = `mutation ScreenAge {
  screenAge(input: { birthDate: "1990-02-02" }) { screeningToken userErrors { field code message } }
}`;

/** Signs up. */
export const signUp = `mutation SignUp($input: SignUpInput!) {
  signUp(input: $input) { token me { member { id } } userErrors { field code message } }
}`;

/** Ends the session that it comes with. */
export const signOut = 'mutation SignOut { signOut { signedOut userErrors { field code message } } }';

/** Asks somebody to be penpals; asking back accepts. */
export const askPenpal = `mutation AskPenpal($member: ID!) {
  askPenpal(input: { member: $member }) { member { id bond } userErrors { field code message } }
}`;

/** Sends a message. */
export const sendMessage = `mutation SendMessage($to: ID!, $text: String!, $key: String!) {
  sendMessage(input: { to: { member: $to }, text: $text, clientKey: $key }) {
    message { id } userErrors { field code message }
  }
}`;

/** Each message as it arrives. */
export const messageReceived = `subscription MessageReceived($after: String) {
  messageReceived(after: $after) { cursor message { text } conversation { id } }
}`;
