/** What n8n says of a node: its versions and parameters, by name; `null` = any value, a list = one of these. */
export interface NodeFacts {
  versions: readonly number[];
  parameters: Readonly<Record<string, readonly unknown[] | null>>;
  /** What the collection `options` may hold. */
  options?: readonly string[];
  /** Where it says so. */
  source: string;
}

const repository = 'https://github.com/n8n-io/n8n/blob/master/packages/nodes-base/nodes';

/** The nodes that our workflows use, as their descriptions stood in n8n-nodes-base 2.37; hand-copied names, none of its code. */
export const NODES: Readonly<Record<string, NodeFacts>> = {
  'n8n-nodes-base.manualTrigger': {
    versions: [1],
    parameters: {},
    source: `${repository}/ManualTrigger/ManualTrigger.node.ts`,
  },
  'n8n-nodes-base.noOp': {
    versions: [1],
    parameters: {},
    source: `${repository}/NoOp/NoOp.node.ts`,
  },
  'n8n-nodes-base.set': {
    versions: [3, 3.1, 3.2, 3.3, 3.4],
    parameters: { mode: ['manual', 'raw'], jsonOutput: null, options: null },
    options: ['includeBinary', 'ignoreConversionErrors', 'dotNotation'],
    source: `${repository}/Set/v2/SetV2.node.ts`,
  },
  'n8n-nodes-base.httpRequest': {
    versions: [3, 4, 4.1, 4.2, 4.3, 4.4],
    parameters: {
      method: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'],
      url: null,
      authentication: ['none', 'predefinedCredentialType', 'genericCredentialType'],
      genericAuthType: ['httpBasicAuth', 'httpBearerAuth', 'httpHeaderAuth', 'httpQueryAuth'],
      sendHeaders: [true, false],
      specifyHeaders: ['keypair', 'json'],
      headerParameters: null,
      sendBody: [true, false],
      contentType: ['form-urlencoded', 'multipart-form-data', 'json', 'binaryData', 'raw'],
      specifyBody: ['keypair', 'json'],
      jsonBody: null,
      options: null,
    },
    options: ['batching', 'allowUnauthorizedCerts', 'redirect', 'response', 'pagination', 'proxy', 'timeout'],
    source: `${repository}/HttpRequest/V3/Description.ts`,
  },
  'n8n-nodes-base.wait': {
    versions: [1, 1.1],
    parameters: {
      resume: ['timeInterval', 'specificTime', 'webhook', 'form'],
      incomingAuthentication: ['basicAuth', 'headerAuth', 'jwtAuth', 'none'],
      httpMethod: ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT'],
      responseCode: null,
      responseMode: ['onReceived', 'lastNode', 'responseNode'],
      limitWaitTime: [true, false],
      limitType: ['afterTimeInterval', 'atSpecifiedTime'],
      resumeAmount: null,
      resumeUnit: ['seconds', 'minutes', 'hours', 'days'],
      options: null,
    },
    options: ['webhookSuffix', 'responseData', 'responseHeaders', 'ignoreBots'],
    source: `${repository}/Wait/Wait.node.ts`,
  },
  'n8n-nodes-base.if': {
    versions: [2, 2.1, 2.2],
    parameters: { conditions: null, looseTypeValidation: [true, false], options: null },
    options: ['ignoreCase', 'looseTypeValidation'],
    source: `${repository}/If/V2/IfV2.node.ts`,
  },
  'n8n-nodes-base.webhook': {
    versions: [1, 1.1, 2, 2.1],
    parameters: {
      multipleMethods: [true, false],
      httpMethod: ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT'],
      path: null,
      authentication: ['basicAuth', 'headerAuth', 'jwtAuth', 'none'],
      responseMode: ['onReceived', 'lastNode', 'responseNode', 'streaming'],
      options: null,
    },
    options: ['binaryPropertyName', 'ignoreBots', 'ipWhitelist', 'noResponseBody', 'rawBody', 'responseCode', 'responseData'],
    source: `${repository}/Webhook/Webhook.node.ts`,
  },
  'n8n-nodes-base.extractFromFile': {
    versions: [1],
    parameters: {
      operation: ['csv', 'html', 'fromJson', 'ods', 'pdf', 'rtf', 'text', 'xls', 'xlsx', 'binaryToPropery'],
      binaryPropertyName: null,
      destinationKey: null,
      options: null,
    },
    options: ['encoding', 'stripBOM', 'keepSource'],
    source: `${repository}/Files/ExtractFromFile/actions/moveTo.operation.ts`,
  },
  'n8n-nodes-base.crypto': {
    versions: [1, 2],
    parameters: {
      action: ['generate', 'hash', 'hmac', 'sign'],
      binaryData: [true, false],
      type: ['MD5', 'SHA256', 'SHA3-256', 'SHA3-384', 'SHA3-512', 'SHA384', 'SHA512'],
      value: null,
      dataPropertyName: null,
      encoding: ['base64', 'hex'],
    },
    source: `${repository}/Crypto/v2/actions/hmac/properties.ts`,
  },
};
