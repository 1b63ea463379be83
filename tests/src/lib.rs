//! Tests over the whole product.

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod naive;
