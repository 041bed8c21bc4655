graphql`
  fragment Penpals_member on Member
  @refetchable(queryName: "PenpalsPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, after: { type: "String" }) {
    penpals(first: $count, after: $after) @connection(key: "Penpals_penpals") {
      edges {
        node {
          id
          displayName
        }
      }
    }
  }
`;
