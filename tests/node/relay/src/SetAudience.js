graphql`
  mutation SetAudienceMutation($input: SetVisibilityInput!) {
    setVisibility(input: $input) {
      visibility {
        field
        audience
        widest
        default
      }
      userErrors {
        field
        code
        message
      }
    }
  }
`;
