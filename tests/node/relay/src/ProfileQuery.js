graphql`
  fragment ProfileQuery_member on Member {
    handle
    displayName
    profile {
      country
      city
    }
  }
`;

graphql`
  query ProfileQuery($id: ID!) {
    node(id: $id) {
      id
      ...ProfileQuery_member @alias
      ...Penpals_member @alias
    }
  }
`;
