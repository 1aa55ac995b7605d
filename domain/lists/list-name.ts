/** Small letters, digits and dashes: it stands in addresses and in rule sets. */
export const LIST_NAME = /^[a-z][a-z0-9-]{0,63}$/;
export const LIST_NAME_RULE = 'must be 1 to 64 small letters, digits and "-", beginning with a letter';
