//! Tests over the whole product.

#[cfg(test)]
mod naive;
