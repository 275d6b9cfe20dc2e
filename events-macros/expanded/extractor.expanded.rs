#[allow(deprecated, reason = "a field may be on its way out")]
const _: () = {
    use ::events::__private as __events;
    #[automatically_derived]
    impl<'c> __events::FromContext<'c> for Mail<'c> {
        fn from_context(
            context: &'c __events::EventContext<'_>,
        ) -> ::core::result::Result<Self, __events::ExtractError> {
            ::core::result::Result::Ok(Self {
                mailer: <State<&'c Mailer> as __events::FromContext<'c>>::from_context(context)?,
                metadata: <&'c EventMetadata as __events::FromContext<'c>>::from_context(context)?,
            })
        }
        fn requires() -> __events::Requirement {
            __events::Requirement::All(
                const {
                    &[
                        <State<&'c Mailer> as __events::FromContext<'c>>::requires,
                        <&'c EventMetadata as __events::FromContext<'c>>::requires,
                    ]
                },
            )
        }
    }
};
