graphql`
  mutation SetAudienceMutation($input: SetVisibilityInput!) {
    setVisibility(input: $input) {
      me {
        member {
          id
        }
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
`;
