// A switch between the demo's viewers. It signs in and out as anybody does: by a cookie that this script cannot read.

import { useEffect, useId, useState } from 'react';

import { demoPassword, demoSignIns } from './examples.js';

const whoami = 'query Viewer { me { member { id } } }';
const signIn = `mutation SwitchViewer($input: SignInInput!) {
  signIn(input: $input) { me { member { id } } userErrors { message } }
}`;
const signOut = 'mutation SwitchViewer { signOut { signedOut } }';

const visitor = 'visitor';
const somebody = 'somebody else';

/** Which of the viewers has this id. */
function named(id) {
  if (!id) return visitor;
  return Object.keys(demoSignIns).find(name => demoSignIns[name].id === id) ?? somebody;
}

/** Tells `listener` whenever an operation may have changed who the viewer is. */
export function watched(fetcher) {
  const listeners = new Set();
  const watching = async (question, options) => {
    const answer = await fetcher(question, options);
    if (/\b(signIn|signUp|signOut|revokeSession)\b/.test(question.query)) listeners.forEach(listener => listener());
    return answer;
  };
  watching.plain = fetcher;
  watching.listen = listener => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return watching;
}

/** The switch. */
export function Viewers({ fetcher }) {
  const label = useId();
  const [viewer, setViewer] = useState(visitor);
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(true);

  const look = async () => {
    const { data } = await fetcher.plain({ query: whoami });
    setViewer(named(data?.me?.member?.id));
    setBusy(false);
  };

  useEffect(() => {
    look();
    return fetcher.listen(look);
  }, [fetcher]);

  const change = async name => {
    setBusy(true);
    const { email } = demoSignIns[name] ?? {};
    const question = email
      ? { query: signIn, variables: { input: { email, password: demoPassword, transport: 'COOKIE' } } }
      : { query: signOut };
    const { data, errors } = await fetcher.plain(question);
    setTrouble(errors?.[0]?.message ?? data?.signIn?.userErrors[0]?.message ?? '');
    await look();
  };

  return (
    <div className="viewers">
      <label htmlFor={label}>You are</label>
      <select id={label} value={viewer} disabled={busy} onChange={event => change(event.target.value)}>
        <option value={visitor}>a visitor</option>
        {Object.entries(demoSignIns).map(([name, { standing }]) => (
          <option key={name} value={name}>
            {name[0].toUpperCase() + name.slice(1)}: {standing}
          </option>
        ))}
        {viewer === somebody && <option value={somebody}>somebody else</option>}
      </select>
      <span role="status">{trouble}</span>
    </div>
  );
}
