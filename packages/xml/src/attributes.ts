/**
 * The attributes of an element by name: `id`, `xml:lang`; an attribute in any other namespace has the key
 * `{namespace}local`. Namespace declarations are not among them.
 */
export type Attributes = Readonly<Record<string, string>>

interface AttributeRecordConstructor {
  new (): Record<string, string>
}

/**
 * Makes empty records without inherited names, so that an attribute called `__proto__` or `constructor` is only an
 * attribute. A constructor, because V8 keeps `Object.create(null)` in its slow form.
 */
export const AttributeRecord = function AttributeRecord() {} as unknown as AttributeRecordConstructor
AttributeRecord.prototype = Object.create(null)

/** The attributes of an element that has none. */
export const NO_ATTRIBUTES: Attributes = Object.freeze(new AttributeRecord())
