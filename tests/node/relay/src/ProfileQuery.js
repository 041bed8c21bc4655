graphql`
  fragment ProfileQuery_member on Member {
    handle
    displayName
    profile {
      country {
        code
        name
      }
      city
      access(field: CITY)
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
