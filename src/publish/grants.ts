/** Who may use a layer version: from `--allow` to statements of its policy. Pure. */

/** Nobody but the layer's own account may use a version unless a statement says so. */
export type Grant =
  | { readonly kind: 'account'; readonly account: string }
  | { readonly kind: 'organisation'; readonly organisation: string }
  | { readonly kind: 'public' };

/** @param text `123456789012`, `o-a1b2c3d4e5` or `public`, as the option table has checked it */
export function parseGrant(text: string): Grant {
  if (text === 'public') return { kind: 'public' };
  return text.startsWith('o-')
    ? { kind: 'organisation', organisation: text }
    : { kind: 'account', account: text };
}

/** As it was typed. */
export function grantText(grant: Grant): string {
  if (grant.kind === 'public') return 'public';
  return grant.kind === 'account' ? grant.account : grant.organisation;
}

export interface GrantStatement {
  /** Made of the grant, so that asking twice is seen as such. */
  readonly StatementId: string;
  readonly Principal: string;
  readonly OrganizationId?: string;
}

/** What AddLayerVersionPermission takes. An organisation is everybody (`*`) who is in it. */
export function grantStatement(grant: Grant): GrantStatement {
  const StatementId = `lambda-slim-${grantText(grant)}`;
  switch (grant.kind) {
    case 'account':
      return { StatementId, Principal: grant.account };
    case 'organisation':
      return { StatementId, Principal: '*', OrganizationId: grant.organisation };
    case 'public':
      return { StatementId, Principal: '*' };
  }
}

/** The parts of a policy that matter here. */
interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Principal?: string | { readonly AWS?: string | readonly string[] };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/**
 * Those of `grants` that the policy does not have yet, each once.
 * @param policy JSON of GetLayerVersionPolicy; null when the version has none
 */
export function missingGrants(grants: readonly Grant[], policy: string | null): readonly Grant[] {
  const statements =
    policy === null ? [] : ((JSON.parse(policy) as { Statement?: readonly Statement[] }).Statement ?? []);
  const wanted = new Map(grants.map((grant) => [grantText(grant), grant]));
  return [...wanted.values()].filter((grant) => !statements.some((one) => gives(one, grant)));
}

/** Statements with other conditions than an organisation give less than was asked for. */
function gives({ Effect, Action, Principal, Condition }: Statement, grant: Grant): boolean {
  const actions = list(Action);
  if (Effect !== 'Allow' || !actions.some((one) => one === 'lambda:GetLayerVersion' || one === 'lambda:*'))
    return false;
  const principals = list(typeof Principal === 'string' ? Principal : Principal?.AWS);
  const conditions = Object.entries(Condition ?? {}).flatMap(([operator, values]) =>
    Object.entries(values).map(([key, value]) => ({ operator, key, values: list(value) })),
  );
  if (conditions.length === 0) {
    // Everybody includes the account and the organisation.
    if (principals.includes('*')) return true;
    return grant.kind === 'account' && principals.some((one) => accountOf(one) === grant.account);
  }
  const [first] = conditions;
  return (
    grant.kind === 'organisation' &&
    principals.includes('*') &&
    conditions.length === 1 &&
    first?.operator === 'StringEquals' &&
    first.key.toLowerCase() === 'aws:principalorgid' &&
    first.values.includes(grant.organisation)
  );
}

/** `arn:aws:iam::123456789012:root` as Lambda stores it, or the account alone. */
const accountOf = (principal: string): string =>
  /^arn:aws[\w-]*:iam::(\d{12}):root$/.exec(principal)?.[1] ?? principal;

function list(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
