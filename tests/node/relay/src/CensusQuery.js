graphql`
  query CensusQuery($count: Int!, $after: String) {
    members(first: $count, after: $after) @connection(key: "Census_members") {
      edges {
        node {
          id
          handle
          displayName
        }
      }
    }
  }
`;
